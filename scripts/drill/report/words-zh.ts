// The words of a drill report in Chinese; terms are those of GB/T 20988 and of the college's contract.
import type { CheckVerdict } from "../../core/evidence";
import { type DurationUnits, formatSeconds } from "../../core/text/format";
import type { Words } from "./words";

const UNITS: DurationUnits = { ms: "毫秒", s: "秒", min: "分", h: "小时", d: "天" };
const VERDICTS: Record<CheckVerdict, string> = {
  pass: "通过",
  fail: "未通过",
  inconclusive: "无法判定",
  "not-applicable": "不适用",
};

/** Chinese for names that the drill's phases and checks usually carry. */
const NAMES: Readonly<Record<string, string>> = {
  restore: "还原数据文件",
  recovery: "日志重放",
  verify: "数据校验",
  "read the repository's index": "读取备份库索引",
  "prove isolation": "隔离验证",
  "fetch WAL": "取回日志",
  "recover to the checkpoint": "恢复至检查点",
  "read the copy": "读取副本内容",
  "finish recovery": "完成恢复",
  "stop at the checkpoint": "在检查点停库",
  "recover to the target": "恢复至目标",
  stop: "停库",
  freshness: "备份时效",
  "backup-clean": "备份无页错误",
  "repository-integrity": "备份库完整性",
  "wal-contiguity": "日志连续性",
  "wal-fetched": "日志取回并核对",
  "wal-to-target": "日志覆盖至目标",
  "checkpoint-reached": "到达检查点",
  "target-reached": "到达还原目标",
  heartbeat: "心跳",
  "no-later-commit": "无晚于目标的提交",
  content: "数据内容一致",
  schema: "库表结构与授权一致",
  roles: "角色一致",
  sequences: "序列",
  invariants: "业务约束",
  amcheck: "索引与表结构检查",
  "page-checksums": "数据页校验和",
  "rto-target": "RTO 达标",
  "rpo-target": "RPO 达标",
};

/** A check of isolation carries its scenario before its name: `a: payment`. */
function nameOf(name: string): string {
  const [, place = "", bare = name] = /^([^:]*: )?(.*)$/s.exec(name) ?? [];
  return Object.hasOwn(NAMES, bare) ? place + NAMES[bare] : name;
}

function of(scenario: string | undefined): string {
  return scenario === undefined ? "" : `场景 ${scenario}：`;
}

export const zh: Words = {
  tag: "zh-CN",
  units: UNITS,
  verdicts: VERDICTS,
  statements: {
    pass: "各场景均已还原，适用的校验项全部通过，恢复目标均已达到。",
    fail: "本次演练未通过，不能证明系统可按承诺还原。",
    inconclusive: "本次演练无法判定结果，以下内容不能证明还原会成功。",
  },
  targets: { "restore-point": "检查点", time: "指定时刻", latest: "最后一次提交" },
  marks: { slower: "变慢", faster: "变快", new: "新增", gone: "未执行" },
  name: nameOf,
  tally: (verdict, count) => `${VERDICTS[verdict]} ${count} 项`,
  allPassed: "全部通过",
  beyond: (target) => `目标 ${target}，超出本图范围`,
  reasons: {
    check: ({ scenario, check }) => `${of(scenario)}${nameOf(check.name)}：${check.detail}`,
    missed: ({ scenario, measure, seconds, target }) =>
      `${of(scenario)}${measure} 为 ${formatSeconds(seconds, UNITS)}，超出目标 ${formatSeconds(target, UNITS)}（多 ${formatSeconds(seconds - target, UNITS)}）`,
    "no-rto": ({ scenario }) => `${of(scenario)}未测得恢复时间（RTO）`,
    "no-checks": ({ scenario }) => `${of(scenario)}未执行任何校验`,
    "no-scenarios": () => "未执行任何场景",
    "no-isolation": () => "未能证明隔离有效",
    declared: ({ scenario, verdict }) =>
      `${of(scenario)}结论登记为“${VERDICTS[verdict]}”，所列校验项未说明原因`,
  },
  report: "恢复演练报告",
  drill: "演练编号",
  environment: "环境",
  actor: "执行人",
  commit: "代码版本",
  started: "开始时间",
  took: "历时",
  rto: "RTO",
  rpo: "RPO",
  rtoLong: "恢复时间目标 RTO",
  rpoLong: "恢复点目标 RPO",
  target: "目标",
  measured: "实测",
  predicted: "预测",
  predictedRto: "演练前预测 RTO",
  checks: "校验项",
  check: "校验项",
  verdict: "结论",
  found: "校验结果",
  timeline: "时间轴",
  timelineCaption:
    "各场景自开始时刻起的阶段。颜色醒目的阶段计入 RTO，较淡的为验证与比对，不计入；竖线为副本可写的时刻。钟点均为北京时间（Asia/Shanghai）。",
  scenario: "场景",
  restoredTo: "还原目标",
  backup: "所用备份",
  phases: "阶段",
  phase: "阶段",
  startedAt: "起始于",
  duration: "耗时",
  before: "上次",
  now: "本次",
  change: "变化",
  comparison: "与上次演练对比",
  comparedWith: "对比对象：演练时间",
  noPrevious: "该平台没有更早的演练可供对比。",
  history: "历次演练",
  historyCaption:
    "该平台历次演练的各项用时。带圈的点为性能退化：比此前演练的中位数慢三个稳健标准差（1.4826 × MAD）以上。",
  isolation: "隔离验证",
  isolationNone: "没有外联尝试的记录，不能证明隔离有效。",
  evidence: "证据",
  evidenceNone: "生成本报告时证据尚未签名；证据账本中的条目以摘要引用本报告。",
  evidenceHow: "离线核验整个证据账本：",
  file: "文件",
  digest: "SHA-256 摘要",
  tools: "软件版本",
  none: "无",
  notMeasured: "未测量",
  within: "达到目标",
  missed: "未达目标",
  noPhases: "没有阶段记录。",
  noChecks: "未执行任何校验。",
  shanghai: "北京时间",
};
