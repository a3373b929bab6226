// What phases, checks and scenarios of a drill are called in Chinese, and what each check asks; terms are those of GB/T 20988. A test
// holds that no check of a restore test is missing.

/** Name of a phase or a measured time. */
export const PHASES: Readonly<Record<string, string>> = {
  restore: "还原数据文件",
  recovery: "日志重放",
  verify: "数据校验",
  promote: "切换为可写",
  teardown: "清理副本",
  "content-equality": "数据内容比对",
  "read the repository's index": "读取备份库索引",
  "prove isolation": "隔离验证",
  "fetch WAL": "取回日志",
  "recover to the checkpoint": "恢复至检查点",
  "read the copy": "读取副本内容",
  "finish recovery": "完成恢复",
  "stop at the checkpoint": "在检查点停库",
  "recover to the target": "恢复至目标",
  stop: "停库",
  RTO: "实测恢复时间",
  RPO: "实测数据丢失",
};

/** Name of a check and what it asks. */
export const CHECKS: Readonly<Record<string, readonly [name: string, asks: string]>> = {
  restore: ["数据文件还原", "所选备份能否在隔离环境中完整还原"],
  freshness: ["备份时效", "最近一次备份是否按计划时段完成且未超过允许的时长"],
  "backup-clean": ["备份无页错误", "备份过程中是否出现数据页错误或告警"],
  "repository-integrity": ["备份库完整性", "备份库中的文件与日志逐一读取核对是否完好"],
  "repository-inventory": ["备份库清单", "备份库中的文件与以往登记的清单是否一致"],
  "metadata-copies": ["元数据双份一致", "备份索引与清单的两份副本能否读取且内容相同"],
  "wal-contiguity": ["日志连续性", "从备份到还原目标的日志段是否齐全、无缺失、无重复"],
  "wal-fetched": ["日志取回并核对", "异地日志取回后校验和是否相符"],
  "wal-to-target": ["日志覆盖至目标", "已归档的日志能否覆盖到还原目标"],
  generation: ["备份代次", "登记的最近一次备份是否仍在备份库中"],
  "source-clock": ["源库时钟", "源库时钟与本机时钟的偏差是否在允许范围内"],
  collations: ["排序规则", "文本的排序规则版本是否与源库一致"],
  timeline: ["时间线", "恢复是否沿着源库自己的时间线"],
  "checkpoint-reached": ["到达检查点", "恢复是否恰好停在检查点"],
  "target-reached": ["到达还原目标", "恢复是否到达指定的时刻或状态"],
  "no-later-commit": ["无晚于目标的提交", "副本中是否没有晚于还原目标的提交"],
  heartbeat: ["心跳", "副本中最后一次心跳与还原目标是否相符"],
  content: ["数据内容一致", "全部数据表的行数与指纹是否与检查点一致"],
  "content-equality": ["数据内容一致", "全部数据表的行数与指纹是否与检查点一致"],
  schema: ["库表结构与授权一致", "库表结构、属主与授权是否一致"],
  roles: ["角色一致", "数据库角色及其属性是否一致"],
  sequences: ["序列", "序列值是否没有落后"],
  invariants: ["业务约束", "跨表的业务约束是否成立"],
  amcheck: ["索引与表结构检查", "表与 B 树索引的内部结构是否完好"],
  "page-checksums": ["数据页校验和", "每个数据页的校验和是否正确"],
  "recovery-target": ["到达还原目标", "恢复是否到达指定的时刻或状态"],
  rehearsal: ["变更预演", "待执行的库表变更能否在副本上执行并回退"],
  "rto-target": ["恢复时间达标", "实测恢复时间是否不超过承诺值"],
  "rpo-target": ["数据丢失达标", "实测数据丢失是否不超过承诺值"],
  "isolation-no-way-out": ["无对外网络", "隔离环境内是否没有网络接口、地址与路由"],
  "isolation-source": ["与源库隔离", "隔离环境内是否无法访问源库"],
};

const REPOSITORY = /^isolation-repository(-\d+)?$/;
const INTEGRATION = /^isolation-(.+)$/;

/** Integrations by the names of their files; others are called by their name. */
const INTEGRATIONS: Readonly<Record<string, string>> = {
  payment: "在线支付渠道",
  "e-invoice": "电子发票系统",
  sms: "短信平台",
  "customer-service-bot": "智能客服",
  wechat: "微信服务号",
};

/** A check's name and what it asks; undefined for one that is not known here. */
export function checkInChinese(name: string): readonly [name: string, asks: string] | undefined {
  if (Object.hasOwn(CHECKS, name)) return CHECKS[name];
  const [, number = ""] = REPOSITORY.exec(name) ?? [];
  if (REPOSITORY.test(name)) return [`与备份库隔离${number}`, "隔离环境内是否无法写入或访问备份库"];
  const [, integration] = INTEGRATION.exec(name) ?? [];
  if (integration === undefined) return undefined;
  const called = Object.hasOwn(INTEGRATIONS, integration) ? INTEGRATIONS[integration] : integration;
  return [`与${called}隔离`, `隔离环境内是否无法访问${called}（同一时刻在外部可以访问）`];
}

export const SCENARIOS: Readonly<Record<string, string>> = {
  "the last checkpoint": "还原至最近一个检查点",
  "the moment before a misoperation": "还原至误操作发生前一刻（误操作由演练注入）",
  "an instant drawn from the promised window": "还原至承诺窗口内随机抽取的时刻",
  "the source and its own WAL are lost": "源库及其自身日志全部丢失（由演练停库造成）",
  "the latest state, as if the source were lost": "还原至最后状态，视同源库丢失",
};

export const ENVIRONMENTS: Readonly<Record<string, string>> = {
  sandbox: "沙箱（sandbox）",
  staging: "预发布环境（staging）",
  prod: "生产环境（prod）",
  dr: "灾备环境（dr）",
};
