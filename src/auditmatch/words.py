"""Sentences for people, in English and Chinese: one catalogue for explanations, command and report.

A message is a key and its values; it becomes text only when a language is asked for. A part of the library with
sentences of its own makes a catalogue that contains this one: ``Catalogue({**MESSAGES, "my_key": ("...", "...")})``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from auditmatch.errors import ArgumentError, nearest

LANGUAGES = ("en", "zh")
# A list of names longer than this is cut and the rest counted.
MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence, or a part of one, without a language; values may be messages and tuples of names.

    Attributes
    ----------
    key
        Key of the catalogue.
    values
        What fills the template, as (name, value) pairs.
    """

    key: str
    values: tuple[tuple[str, Any], ...] = ()

    def say(self, lang: str = "en") -> str:
        """Return the message in one language."""
        return CATALOGUE.say(lang, self.key, **dict(self.values))


def message(key: str, /, **values: Any) -> Message:
    """Make a message."""
    return Message(key, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Templates by key, each in English and Chinese, as `str.format` reads them."""

    templates: Mapping[str, tuple[str, str]]

    def say(self, lang: str, key: str, /, **values: Any) -> str:
        """Return the template of a key, filled.

        Tuples become lists of names, whole numbers get separators, messages are said in the same language.

        Raises
        ------
        ArgumentError
            The language or the key is not known.
        """
        place = language(lang)
        if key not in self.templates:
            near = nearest(key, self.templates)
            raise ArgumentError(f"no message is called {key!r}" + (f". Maybe {near!r}?" if near else ""))
        return self.templates[key][place].format(**{name: self._shown(lang, v) for name, v in values.items()})

    def _shown(self, lang: str, value: Any) -> str:
        if isinstance(value, Message):
            return self.say(lang, value.key, **dict(value.values))
        if isinstance(value, tuple | list):
            return listed(lang, [self._shown(lang, each) for each in value])
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        return str(value)


def language(lang: str) -> int:
    """Return the place of a language in each template.

    Raises
    ------
    ArgumentError
        The language is not known.
    """
    if lang not in LANGUAGES:
        raise ArgumentError(f"lang={lang!r} is not a language of the messages. Maybe 'en' or 'zh'?")
    return LANGUAGES.index(lang)


def listed(lang: str, names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return names as a list for reading; those beyond `most` are counted only."""
    every = list(names)
    shown, more = every[:most], len(every) - most
    if language(lang):
        return "、".join(shown) + (f"等 {len(every)} 个" if more > 0 else "")
    if more > 0:
        return ", ".join(shown) + f" and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


_STATUS = {
    "status_served": ("served", "已安排"),
    "status_deferred": ("deferred", "已延后"),
    "status_unserved": ("unserved", "未安排"),
    "status_hopeless": ("hopeless", "无法安排"),
    "status_outside": ("outside", "不在本期"),
    "stage_all": ("all auditors", "全部审核员"),
    "stage_competent": ("competent", "具备能力"),
    "stage_impartial": ("impartial", "无需回避"),
    "stage_present": ("present in the window", "窗口内在岗"),
    "stage_under_caps": ("under caps", "未达上限"),
    "stage_free": ("free", "未被占用"),
    "stage_team": ("a full team free", "可组成完整审核组"),
    "explained": ("{audit}, {status}: {sentence}", "{audit}（{status}）：{sentence}"),
}

# Who is meant: {who} completes "no one ..." and "everyone who ...".
_WHO = {
    "who_code": ("holds {label} as auditor or lead", "持有 {label} 审核员或组长资格"),
    "who_code_or_expert": ("holds {label} as auditor, lead or expert", "持有 {label} 审核员、组长或专家资格"),
    "who_lead": ("holds grade lead in {label}", "可任 {label} 审核组长"),
    "who_women": ("may sit in the team and is a woman", "可参加且为女性"),
    "who_men": ("may sit in the team and is a man", "可参加且为男性"),
    "who_full-time auditors": ("may sit in the team and works full time", "可参加且为专职"),
    "who_counting": ("may sit in the team as a counting member", "可作为正式成员参加"),
    "who_other": ("counts as {label}", "属于“{label}”"),
    "every": ("Everyone who {who}", "{who}的人员"),
    "every_named": ("{label}", "{label}"),
    "label_lead": ("a lead in {label}", "{label} 组长"),
    "label_women": ("women", "女性成员"),
    "label_men": ("men", "男性成员"),
    "label_full-time auditors": ("full-time auditors", "专职审核员"),
    "label_counting": ("counting members", "正式成员"),
    "label_interns": ("interns", "实习审核员"),
    "label_pinned": ("The pinned {label}", "已固定的 {label}"),
    "label_designated": ("The designated {label}", "指定的 {label}"),
    "person_with": ("{name} ({what})", "{name}（{what}）"),
    "plain": ("{text}", "{text}"),
}

_REASONS = {
    "served": ("From {start} {half} to {end} {end_half}: {team}, led by {lead}; {cost} points.",
               "{start} {half} 至 {end} {end_half}：{team}，组长 {lead}；{cost} 分。"),
    "done": ("It is done.", "该审核已完成。"),
    "cancelled": ("It is cancelled.", "该审核已取消。"),
    "fact": ("It is pinned from {start} to {end}, outside the horizon.", "已固定在本期之外：{start} 至 {end}。"),
    "later": ("Its window opens on {earliest}, after the horizon ends on {end}.",
              "审核窗口 {earliest} 才开始，晚于本期结束日 {end}。"),
    "closed": ("Its window closed on {latest}, before the horizon starts on {start}.",
               "审核窗口已于 {latest} 关闭，早于本期开始日 {start}。"),
    "short": ("Its window leaves {have} working slots from {first} to {last}, and it takes at least {need}.",
              "{first} 至 {last} 的窗口内只有 {have} 个工作时段，至少需要 {need} 个。"),
    "no_slot": ("No working slot of its window lies between {first} and {last}.", "{first} 至 {last} 之间没有工作时段。"),
    "starts": ("It may start on no date from {first} to {last}: {why}.", "{first} 至 {last} 没有可用的开始日期：{why}。"),
    "no_mode": ("No rule allows it any team size.", "没有任何规则允许的审核组人数。"),
    "pin": ("It is pinned, but the pin breaks the rule {rule}: {why}.", "已固定，但违反规则“{rule}”：{why}。"),
    "needs": ("It needs {first}, which is {status}.", "须先完成 {first}，而 {first} {status}。"),
    "needs_unknown": ("It needs {first}, which is not served within the horizon.", "须先完成 {first}，而其不在本期内安排。"),
    "link": ("Its link to {partners} leaves no date or no team: {why}.", "与 {partners} 的关联使其没有可用日期或人员：{why}。"),
    "knot": ("People are free, but no team of them keeps {why}.", "有人可用，但无法组成满足 {why} 的审核组。"),
    "dear": ("Serving it costs at least {cost} points, more than the {penalty} of leaving it out.",
             "安排它至少需要 {cost} 分，高于不安排的 {penalty} 分。"),
    "cheap": ("{team} could serve it from {start} for {cost} points instead of the {penalty} of leaving it out; the plan "
              "does without.", "{team} 可从 {start} 起执行，成本 {cost} 分，低于不安排的 {penalty} 分，但计划未采用。"),
    "competent_none": ("No one {who} between {first} and {last}.", "{first} 至 {last} 期间无人{who}。"),
    "competent_named": ("{label} holds no qualification for it throughout between {first} and {last}.",
                        "{label} 在 {first} 至 {last} 期间不具备所需资格。"),
    "competent_few": ("It needs {need} people of whom each {who}, and between {first} and {last} there is only {names}.",
                      "需要 {need} 人{who}，{first} 至 {last} 期间只有 {names}。"),
    "impartial_none": ("{every} is barred from it: {lost}.", "{every}均须回避：{lost}。"),
    "impartial_few": ("It needs {need} people of whom each {who}; {lost} is barred, and only {names} is left.",
                      "需要 {need} 人{who}；{lost} 须回避，只剩 {names}。"),
    "present_none": ("{every} is away whenever it could take place between {first} and {last}: {lost}.",
                     "{every}在 {first} 至 {last} 的可行日期均不在岗：{lost}。"),
    "present_few": ("It needs {need} people of whom each {who}; between {first} and {last} {lost} is away, and only {names} "
                    "is left.", "需要 {need} 人{who}；{first} 至 {last} 期间 {lost} 不在岗，只剩 {names}。"),
    "under_caps_none": ("{every} would exceed a limit: {lost}.", "{every}均会超出上限：{lost}。"),
    "under_caps_few": ("It needs {need} people of whom each {who}; {lost} would exceed a limit, and only {names} is left.",
                       "需要 {need} 人{who}；{lost} 会超出上限，只剩 {names}。"),
    "free_none": ("{every} is booked elsewhere or on the road from {first} to {last}: {lost}.",
                  "{every}在 {first} 至 {last} 期间已有其他安排或在途中：{lost}。"),
    "free_few": ("It needs {need} people of whom each {who}; from {first} to {last} {lost} is booked elsewhere, and only "
                 "{names} is left.", "需要 {need} 人{who}；{first} 至 {last} 期间 {lost} 已有其他安排，只剩 {names}。"),
    "competent_apart": ("It needs {need} people of whom each {who}, and the qualifications of {names} share no dates "
                        "between {first} and {last}.", "需要 {need} 人{who}，但 {names} 的资格在 {first} 至 {last} 期间没有共同日期。"),
    "impartial_apart": ("It needs {need} people of whom each {who}, and bars leave {names} no common dates between {first} "
                        "and {last}.", "需要 {need} 人{who}，但回避使 {names} 在 {first} 至 {last} 期间没有共同日期。"),
    "present_apart": ("It needs {need} people of whom each {who}, and {names} are never there on the same dates between "
                      "{first} and {last}.", "需要 {need} 人{who}，但 {names} 在 {first} 至 {last} 期间没有同时在岗的日期。"),
    "under_caps_apart": ("It needs {need} people of whom each {who}, and limits leave {names} no common dates between "
                         "{first} and {last}.", "需要 {need} 人{who}，但上限使 {names} 在 {first} 至 {last} 期间没有共同日期。"),
    "free_apart": ("It needs {need} people of whom each {who}, and from {first} to {last} they are never free on the same "
                   "dates: {busy}.", "需要 {need} 人{who}，但 {first} 至 {last} 期间没有同时空闲的日期：{busy}。"),
    "competent_joint": ("No team of {size} covers {labels} together between {first} and {last}.",
                        "{first} 至 {last} 期间没有 {size} 人的审核组能同时覆盖 {labels}。"),
    "impartial_joint": ("Without those barred ({lost}), no team of {size} covers {labels} together.",
                        "除去须回避人员（{lost}），没有 {size} 人的审核组能同时覆盖 {labels}。"),
    "present_joint": ("No team of {size} that covers {labels} is there at one time between {first} and {last}: away is "
                      "{lost}.", "{first} 至 {last} 期间能覆盖 {labels} 的 {size} 人审核组无法同时在岗：{lost} 不在岗。"),
    "under_caps_joint": ("Limits leave no team of {size} that covers {labels}: {lost}.",
                         "上限使覆盖 {labels} 的 {size} 人审核组无法组成：{lost}。"),
    "free_joint": ("No team of {size} that covers {labels} is free at one time from {first} to {last}: {busy}.",
                   "{first} 至 {last} 期间能覆盖 {labels} 的 {size} 人审核组没有同时空闲：{busy}。"),
}

_REMEDIES = {
    "no_remedy": ("", ""),
    "do_horizon": ("Let the horizon run at least until {day}.", "将本期至少延长至 {day}。"),
    "do_reopen": ("Agree on a new window, or mark it as done or cancelled.", "商定新的窗口，或标记为已完成、已取消。"),
    "do_window": ("Widen its window beyond {first} to {last}.", "放宽 {first} 至 {last} 的窗口。"),
    "do_unpin": ("Lift the pin, or mend what it runs into.", "取消固定，或消除冲突。"),
    "do_first": ("Serve {first} first.", "先安排 {first}。"),
    "do_link": ("Move {partners}, or loosen the link.", "调整 {partners}，或放宽关联。"),
    "do_knot": ("Loosen one of these, or allow another team size.", "放宽其中一项，或允许其他人数。"),
    "do_priority": ("Raise its priority, or pin {team} to it from {start}.", "提高其优先级，或将 {team} 固定在 {start}。"),
    "do_again": ("Plan again with more time, or pin {team} to it from {start}.", "延长求解时间，或将 {team} 固定在 {start}。"),
    "do_renew": ("Renew {label} of {names}.", "为 {names} 延续 {label} 资格。"),
    "do_qualify": ("Qualify {names} for {label}.", "让 {names} 取得 {label} 资格。"),
    "do_qualify_or_expert": ("Qualify {names} for {label}, or allow an expert ({experts}).",
                             "让 {names} 取得 {label} 资格，或允许专家（{experts}）参加。"),
    "do_hire": ("Hire someone for {label}.", "招聘具备 {label} 的人员。"),
    "do_promote": ("Make {names} lead in {label}.", "将 {names} 晋升为 {label} 组长。"),
    "do_lower": ("Lower what it asks of the team, or qualify more people.", "降低对审核组的要求，或增加合格人员。"),
    "do_repin": ("Name another person, or qualify this one.", "另指定人员，或使其取得资格。"),
    "do_unbar": ("Lift the bar on {lost}, or qualify someone else.", "解除对 {lost} 的回避，或增加合格人员。"),
    "do_return": ("Move the leave of {lost}, or widen its window beyond {first} to {last}.",
                  "调整 {lost} 的休假，或放宽 {first} 至 {last} 的窗口。"),
    "do_relieve": ("Give other audits of {lost} to others, or qualify more people.", "将 {lost} 的其他审核交给他人，或增加合格人员。"),
    "do_release": ("Move {audits}, or widen its window beyond {first} to {last}.",
                   "调整 {audits}，或放宽 {first} 至 {last} 的窗口。"),
    "do_team": ("Allow more than {size}, admit an expert, or qualify one person for several of them.",
                "允许多于 {size} 人、允许专家，或让一人取得其中多项资格。"),
}

# What rules say of themselves to the engines, and their names; a rule that is not listed speaks English.
_RULES = {
    "its window": "其窗口",
    "its pinned dates": "固定的日期",
    "its date is pinned": "日期已固定",
    "its dates are pinned": "日期已固定",
    "it must start in the morning": "须在上午开始",
    "it would straddle a day off": "会跨越休息日",
    "it must start after a day off": "须在休息日之后开始",
    "the client is closed": "企业停业",
    "the days per year": "年度现场审核天数",
    "the certificates per year": "年度证书数",
    "the monthly limit": "月度上限",
    "the stage interval": "两阶段间隔",
    "the group's dates": "集团审核日期",
    "continuity": "人员连续性",
    "disjoint teams": "人员不重复",
    "the audit that must come first": "须先完成的审核",
    "absences": "缺勤",
    "closures": "企业停业",
    "designated": "指定人员",
    "disjoint": "人员不重复",
    "forbidden": "禁止人员",
    "form": "表格",
    "full_time": "专职人员",
    "gender": "性别要求",
    "group_together": "集团同期",
    "impartiality": "公正性",
    "interns": "实习指导",
    "lead": "审核组长",
    "membership": "成员资格",
    "monthly_limit": "月度上限",
    "morning_start": "上午开始",
    "one_place": "不可重叠",
    "pins": "固定安排",
    "required": "先后关系",
    "specialty": "专业覆盖",
    "stage_interval": "两阶段间隔",
    "team_size": "人数与人日",
    "travel_gap": "行程间隔",
    "windows": "审核窗口",
    "yearly_certificates": "年度证书数",
    "yearly_days": "年度现场天数",
}

_RULE_MESSAGES = {f"rule_{name}": (name, chinese) for name, chinese in _RULES.items()}
MESSAGES: Mapping[str, tuple[str, str]] = MappingProxyType({**_STATUS, **_WHO, **_REASONS, **_REMEDIES, **_RULE_MESSAGES})
CATALOGUE = Catalogue(MESSAGES)


def say(lang: str, key: str, /, **values: Any) -> str:
    """Return a message of the catalogue; see `Catalogue.say`."""
    return CATALOGUE.say(lang, key, **values)


def rule_words(name: str) -> Message:
    """Return what a rule is called, or says, as a message; one that the catalogue does not know stands as it is."""
    return message(f"rule_{name}") if name in _RULES else message("plain", text=name)
