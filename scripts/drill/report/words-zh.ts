// The words of a drill report in Chinese; terms are those of GB/T 20988 and of the college's contract.
import type { CheckVerdict } from "../../core/evidence";
import { type DurationUnits, formatSeconds } from "../../core/text/format";
import { checkInChinese, ENVIRONMENTS, PHASES, SCENARIOS } from "./names-zh";
import type { Words } from "./words";

const UNITS: DurationUnits = { ms: "毫秒", s: "秒", min: "分", h: "小时", d: "天" };
/** RTO and RPO are promises; what was measured has names of its own. */
const MEASURED = { RTO: "实测恢复时间", RPO: "实测数据丢失" } as const;
const VERDICTS: Record<CheckVerdict, string> = {
  pass: "通过",
  fail: "未通过",
  inconclusive: "无法判定",
  "not-applicable": "不适用",
};

/** A check of isolation may carry its scenario before its name: `a: isolation-payment`. */
function split(name: string): { place: string; bare: string } {
  const [, place = "", bare = name] = /^([^:]*: )?(.*)$/s.exec(name) ?? [];
  return { place, bare };
}

const known = (names: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(names, name) ? names[name] : undefined;

/** Checks and phases share this; where both know a name, as `restore`, what happens is called alike. */
function nameOf(name: string): string {
  const { place, bare } = split(name);
  const found = known(PHASES, bare) ?? checkInChinese(bare)?.[0];
  return found === undefined ? name : place + found;
}

function of(scenario: string | undefined): string {
  return scenario === undefined ? "" : `场景 ${scenario}：`;
}

export const zh: Words = {
  tag: "zh-CN",
  units: UNITS,
  verdicts: VERDICTS,
  statements: {
    pass: "各场景均已还原，适用的校验项全部通过，实测值均未超过承诺值。",
    fail: "本次演练未通过，不能证明系统可按承诺还原。",
    inconclusive: "本次演练无法判定结果，以下内容不能证明还原会成功。",
  },
  targets: { "restore-point": "检查点", time: "指定时刻", latest: "最后一次提交" },
  marks: { slower: "变慢", faster: "变快", new: "新增", gone: "未执行" },
  name: nameOf,
  asks: (name) => checkInChinese(split(name).bare)?.[1] ?? "见附录中的机器记录",
  simulated: (name) => known(SCENARIOS, name) ?? `${name}（场景原文）`,
  place: (environment) => known(ENVIRONMENTS, environment) ?? environment,
  committed: (commit) =>
    commit
      .replace(" with uncommitted changes", "（另有未提交的改动）")
      .replace("not a git checkout", "不在代码库中运行"),
  sandbox: "本报告出自沙箱：单台机器上的小型平台，数据均为虚构，不能证明生产环境的任何情况。",
  platformSaid: "平台说明（声明文件原文）",
  clause: "合同条款",
  clauseText: ({ source, original }) => `合同${source}：“${original.trim().split("\n").join("")}”`,
  appendix: {
    title: "附录：机器记录原文",
    note: "以下为程序自动写入的英文记录，原样保留，供技术人员核对；正文结论以此为据。",
    check: "校验项标识",
    text: "机器记录（英文原文）",
  },
  tally: (verdict, count) => `${VERDICTS[verdict]} ${count} 项`,
  allPassed: "全部通过",
  beyond: (target) => `承诺恢复时间（RTO）${target}，超出本图范围`,
  reasons: {
    check: ({ scenario, check }) =>
      `${of(scenario)}${nameOf(check.name)}：${VERDICTS[check.verdict]}（机器记录：${check.detail}）`,
    missed: ({ scenario, measure, seconds, target }) =>
      `${of(scenario)}${MEASURED[measure]}为 ${formatSeconds(seconds, UNITS)}，超出承诺值 ${formatSeconds(target, UNITS)}（多 ${formatSeconds(seconds - target, UNITS)}）`,
    "no-rto": ({ scenario }) => `${of(scenario)}未测得恢复时间`,
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
  rto: MEASURED.RTO,
  rpo: MEASURED.RPO,
  rtoLong: MEASURED.RTO,
  rpoLong: MEASURED.RPO,
  rtoPromised: "承诺恢复时间（RTO）",
  rpoPromised: "承诺数据丢失上限（RPO）",
  target: "承诺值",
  measured: "实测",
  predicted: "预测",
  predictedRto: "演练前预测恢复时间",
  checks: "校验项",
  check: "校验项",
  verdict: "结论",
  found: "校验结果",
  timeline: "时间轴",
  timelineCaption:
    "各场景自开始时刻起的阶段。颜色醒目的阶段计入恢复时间，较淡的为验证与比对，不计入；竖线为副本可写的时刻。钟点均为北京时间。",
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
    "该平台历次演练的各项用时。带圈的点为性能退化：比此前演练的中位数慢三个稳健标准差（中位数绝对偏差的 1.4826 倍为一个）以上。",
  isolation: "隔离验证",
  isolationNone: "没有外联尝试的记录，不能证明隔离有效。",
  evidence: "证据",
  evidenceNone: "生成本报告时证据尚未签名；证据账本中的条目以摘要引用本报告。",
  evidenceHow: "离线核验整个证据账本：",
  file: "文件",
  digest: "SHA-256 摘要",
  tools: "软件版本与运行参数",
  none: "无",
  notMeasured: "未测量",
  within: "达到",
  missed: "未达到",
  noPhases: "没有阶段记录。",
  noChecks: "未执行任何校验。",
  shanghai: "北京时间",
};
