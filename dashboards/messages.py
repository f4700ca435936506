"""Every text that the server can send to a page, by key, in English and Chinese.

What is refused is refused by key (:func:`refusal`), so there is no text without Chinese; what the model refuses is
known by its pattern, and where it is not, Chinese words say whose text it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from microdrama.model import InputError

MESSAGES: dict[str, tuple[str, str]] = {
    "no_view": ("'{what}' is not a view of results (known: {known})", "结果中没有“{what}”这种视图（可用：{known}）"),
    "bad_words": ("{what}: {error}", "{what}：无法理解这条命令（{error}）"),
    "results_broken": ("These results cannot be read ({kind}: {error})", "无法读取这些结果（{kind}：{error}）"),
    "no_panel_column": ("'{name}' is not a column of the panel", "面板数据中没有“{name}”这一列"),
    "no_paths": (
        "This sweep kept no paths: run it again with panel = true",
        "该扫描没有保存路径：请加上 panel = true 重新运行",
    ),
    "no_city": ("'{city}': cities are {known}", "“{city}”：可选的城市有 {known}"),
    "no_folder": ("'{folder}' is not among the results", "结果中没有“{folder}”"),
    "no_column": ("'{name}' is not a column of these results", "这些结果中没有“{name}”这一列"),
    "no_point": ("Point {point} is not among the points of this sweep", "该扫描中没有第 {point} 个点"),
    "no_live": (
        "This row cannot be opened live: the page cannot say its {what}",
        "这一行无法实时打开：本页无法表达其 {what}",
    ),
    "nothing_to_download": (
        "There is nothing to download: press Continue or Reset first",
        "没有可下载的内容：请先按“继续”或“重置”",
    ),
    "no_table": (
        "'{table}' as '{form}': tables are {tables}; forms {forms}",
        "“{table}”（{form}）：可下载的表有 {tables}；格式有 {forms}",
    ),
    "not_inspected": ("'{what}' cannot be inspected (known: {known})", "无法查看“{what}”（可查看：{known}）"),
    "no_key": ("'{key}' is not the key of an agent", "“{key}”不是任何主体的编号"),
    "no_cell": ("cell {cell}: there is none of that number", "没有编号为 {cell} 的网格"),
    "no_step": ("Step '{step}': the lesson has steps 0 to {last}", "步骤“{step}”：课程有第 0 至 {last} 步"),
    "nothing_to_predict": (
        "There is nothing to predict: open a step of the lesson",
        "没有可预测的内容：请先打开课程的一步",
    ),
    "no_choice": ("'{choice}': must be one of {known}", "“{choice}”：必须是 {known} 之一"),
    "no_command": ("'{name}' is not a command of this page", "“{name}”不是本页的命令"),
    "no_world": ("There is no world: press Continue or Reset", "当前没有世界：请按“继续”或“重置”"),
    "no_runs": ("These runs are not there any more", "这些运行已不存在"),
    "nothing_to_undo": ("Nothing has been done that could be undone", "没有可以撤销的操作"),
    "split_first": (
        "Split the world first: what differs between two worlds is compared",
        "请先分叉：这里比较两个世界的差别",
    ),
    "no_speed": ("Speed {value}: must be one of {known} months a second", "速度 {value}：必须是每秒 {known} 个月之一"),
    "no_month": ("Month {month}: must be from 0 to {last}", "月份 {month}：必须在 0 至 {last} 之间"),
    "run_over": (
        "The run is over: press Reset, or go back to an earlier month",
        "运行已结束：请按“重置”，或回到较早的月份",
    ),
    "no_number": ("{what}: '{text}' is not a number", "{what}：“{text}”不是数字"),
    "which_world": ("World '{world}': must be first, last or both", "世界“{world}”：必须是 first、last 或 both"),
    "full": (
        "All {most} places are taken. Watch a shared run, or come back when a place is free; whoever started this page "
        "can allow more with --visitors.",
        "全部 {most} 个席位已满。可以观看共享的运行，或稍后再来；启动本页的人可用 --visitors 增加席位。",
    ),
    "not_shared": (
        "This run is not shared any more. Ask for a new link, or open a world of your own.",
        "该运行已不再共享。请索取新的链接，或打开自己的世界。",
    ),
    "action_form": (
        "'{text}': an action is written MONTH~WHAT~CITY~SIZE, then ~KEY=VALUE",
        "“{text}”：操作的写法是 月份~内容~城市~大小，之后可加 ~键=值",
    ),
    "action_key": ("'{text}': unknown key '{key}' (known: {known})", "“{text}”：未知的键“{key}”（可用：{known}）"),
    "action_end": ("{what}: end = {end}: must be a month after {month}", "{what}：end = {end}：必须晚于 {month} 月"),
    "action_month": ("month {month} of an action: must be from 0 to 599", "操作的月份 {month}：必须在 0 至 599 之间"),
    "no_lever": ("'{what}' is not a lever (known: crisis, {known})", "“{what}”不是杠杆（可用：crisis、{known}）"),
    "lever_city": ("{what} in '{city}': must be one of {known}", "{what}：城市“{city}”必须是 {known} 之一"),
    "lever_size": (
        "{what} = {size}: must be a number from {low} to {high} [{unit}]",
        "{what} = {size}：必须是 {low} 至 {high} 之间的数字",
    ),
    "crisis_budget": ("crisis: {keys} are for policies", "crisis：{keys} 只用于政策"),
    "too_many_actions": ("{n} actions: at most {most}", "{n} 项操作：最多 {most} 项"),
    "world_full": (
        "A world takes at most {most} actions; press Reset to begin a new one",
        "一个世界最多 {most} 项操作；请按“重置”开始新的世界",
    ),
    "zone_form": (
        "'{text}': a zone is written EAST:NORTH:RADIUS, in km from the centre of the city",
        "“{text}”：区域的写法是 东:北:半径，单位为距市中心的公里数",
    ),
    "zone_nowhere": (
        "Zone {where}: its middle is outside the city. The built-up area of {city} ends {edge} km from its centre",
        "区域 {where}：中心不在城市之内。{city} 的建成区止于距中心 {edge} 公里处",
    ),
    "zone_beyond": (
        "Zone {where} reaches beyond {city}: draw it nearer to the centre or with a radius of at most {radius} km",
        "区域 {where} 超出了 {city}：请画得离中心更近，或半径不超过 {radius} 公里",
    ),
    "zone_small": (
        "Zone {where} is too small: no cell of {city} has its middle in it. A cell is {cell} km wide; take a radius "
        "from {least} km on",
        "区域 {where} 太小：{city} 没有网格的中心在其中。网格宽 {cell} 公里；半径请不小于 {least} 公里",
    ),
    "zone_radius": (
        "Zone {where}: the radius must be a number from {low} to {high} km",
        "区域 {where}：半径必须是 {low} 至 {high} 公里之间的数字",
    ),
    "zone_many": (
        "A world takes at most {most} drawn zones; undo one of them, or press Reset",
        "一个世界最多 {most} 个手绘区域；请撤销其中一个，或按“重置”",
    ),
    "zone_lever": (
        "{what} cannot be for a zone (those that can: {known})",
        "{what} 不能用于区域（可用于区域的有：{known}）",
    ),
    "scenario": ("Scenario '{name}': must be one of {known}", "情景“{name}”：必须是 {known} 之一"),
    "seed": ("Seed '{text}': must be a whole number from 0 to 999999999", "种子“{text}”：必须是 0 至 999999999 的整数"),
    "scale": (
        "Scale '{text}': must be a number from {low} to {high}",
        "规模“{text}”：必须是 {low} 至 {high} 之间的数字",
    ),
    "pairs": (
        "Parameters: '{text}': write NAME=VALUE, such as crisis_strength=0.5",
        "参数“{text}”：请写成 名称=值，如 crisis_strength=0.5",
    ),
    "own_field": (
        "Parameters: scale has a field of its own, and a run lasts as long as the scenario says",
        "参数：规模有单独的输入框，运行时长由情景决定",
    ),
    "no_structure": (
        "'{name}' = '{value}' is not a structure that can be chosen",
        "“{name}” = “{value}”不是可选的结构",
    ),
    "link_partly": ("Not all of the link could be used.", "链接中有一部分无法使用。"),
    "link_month": (
        "Month '{text}' of the link: must be a number from 0 on",
        "链接中的月份“{text}”：必须是从 0 开始的数字",
    ),
    "game_on": (
        "A game is on: only its clock can be moved, and only mayors act. End the game first",
        "游戏正在进行：只能控制时间，只有市长可以操作。请先结束游戏",
    ),
    "no_game": ("There is no game", "没有进行中的游戏"),
    "game_early": (
        "There is nothing to compare yet: mayors must have governed a month",
        "还没有可比较的内容：市长们至少要执政一个月",
    ),
    "game_teams": (
        "Teams: must be from 2 to {most}, and not more than cities",
        "队数：必须在 2 至 {most} 之间，且不超过城市数",
    ),
    "game_months": (
        "Months {first} to {last}: must lie between {low} and {high}, the first before the last",
        "月份 {first} 至 {last}：必须在 {low} 与 {high} 之间，且先后有序",
    ),
    "game_budget_form": (
        "Budget: must be a number from {low:g} to {high:g} million yuan a year",
        "预算：必须是每年 {low:g} 至 {high:g} 百万元",
    ),
    "game_code": (
        "There is no game with the code {code}. Ask for it again: games end, and codes with them",
        "没有编号为 {code} 的游戏。请再确认编号：游戏结束后编号失效",
    ),
    "game_full": (
        "All {most} cities of this game are taken. You can watch",
        "本局的 {most} 座城市都已有人。你可以观看",
    ),
    "game_name": ("Give a nickname of at least one letter", "请输入至少一个字的昵称"),
    "game_taken": ("That city cannot be taken: choose one that is free", "不能选这座城市：请选一座空闲的"),
    "game_over": ("The game is over", "游戏已结束"),
    "game_money": (
        "{wanted} million yuan a year: only {left} are left. Take some from another measure first",
        "每年 {wanted} 百万元：只剩 {left}。请先从其他措施中减去",
    ),
    "game_other_city": ("You govern your own city only", "你只能治理自己的城市"),
    "game_team_only": (
        "A team sets the policy of its city; the clock is the instructor's",
        "各队只决定本市政策；时间由老师控制",
    ),
    "failed": ("That did not work ({kind}: {error}).", "操作未成功（{kind}：{error}）。"),
    "stopped": ("The model stopped in {when} ({kind}: {error}).", "模型在 {when} 停止（{kind}：{error}）。"),
    "stopped_at_start": ("The model stopped at the start ({kind}: {error}).", "模型在起点停止（{kind}：{error}）。"),
    "no_mission": ("'{name}' is not a mission (missions: {known})", "没有任务“{name}”（任务：{known}）"),
    "mission_worlds": (
        "This is not the mission any more: it has {n} world(s) on show",
        "这已不是该任务：任务中应有 {n} 个世界",
    ),
    "mission_start": (
        "These worlds do not start as the mission does: scenario, seed, size, parameters and crisis must be its own",
        "这些世界的起点与任务不同：情景、种子、规模、参数和危机都必须是任务规定的",
    ),
    "mission_first": (
        "In this mission world A must stay as it was; undo what was done in it",
        "在这个任务中，世界 A 必须保持原样；请撤销在其中所做的操作",
    ),
    "mission_lever": (
        "The mission does not allow this: {what} in {city} from month {month} on",
        "任务不允许：自 {month} 起在 {city} 使用 {what}",
    ),
    "vote_command": ("'{what}' is nothing that can be done with a vote", "“{what}”不是投票可用的操作"),
    "vote_none": ("There is no vote: ask a question first", "当前没有投票：请先提问"),
    "vote_full": (
        "{most} have given a nickname already; no more can vote here",
        "已有 {most} 人取了昵称；这里不能再增加",
    ),
    "vote_nameless": ("Give a nickname first", "请先取一个昵称"),
    "vote_name": ("A nickname has 1 to {most} characters", "昵称须为 1 至 {most} 个字符"),
    "vote_late": ("This vote is closed; your vote does not count any more", "投票已结束，您的一票不再计入"),
    "vote_choice": ("That is none of the options", "这不是可选的选项"),
    "vote_hand": (
        "Counts by hand: a whole number from 0 to {most} for each option",
        "手工计数：每个选项填 0 至 {most} 的整数",
    ),
    "vote_question": (
        "A question has up to {most} characters and 2 to 5 different options of up to {option} characters, one a line",
        "问题不超过 {most} 个字符；选项 2 至 5 个，各不相同，每行一个，不超过 {option} 个字符",
    ),
    "vote_start": (
        "Run the world for a month first: a curve begins where it stands",
        "请先运行一个月：曲线从当前位置画起",
    ),
    "vote_column": ("What can be drawn: {known}", "可以画的有：{known}"),
    "vote_city": ("Cities are {known}", "城市有：{known}"),
    "vote_until": (
        "The month until which is drawn must be from {first} to {last}",
        "画到的月份必须在 {first} 至 {last} 之间",
    ),
    "vote_curve": (
        "A drawing has a value for each of {months} months, inside the chart",
        "所画曲线须在图内，{months} 个月每月一个值",
    ),
    "vote_wait": ("There is nothing to reveal yet: run the worlds first", "还没有可公布的结果：请先运行世界"),
}
"""English and Chinese of each message; the same values fill both."""

OF_THE_MODEL: tuple[tuple[str, str], ...] = (
    (r"(?:Parameters: )?unknown parameter '(.*?)'; did you mean '(.*)'\?", "没有参数“{0}”；是否指“{1}”？"),
    (r"(?:Parameters: )?unknown parameter '(.*?)'.*", "没有参数“{0}”；microdrama parameters 可列出全部参数"),
    (
        r"(?:Parameters: )?'(\w+)' = (.*?): must be a(?: whole)? number from (\S+) to (\S+).*",
        "参数 {0} = {1}：必须是 {2} 至 {3} 之间的数字",
    ),
    (r"(?:Parameters: )?'(\w+)' = (.*?): must be (?:one of )?(.*?)(?: \[.*\])?(?:;.*)?", "参数 {0} = {1}：必须是 {2}"),
    (r"(?:Parameters: )?(.* \+ .*) = (\S+): together at most 1", "{0} = {1}：合计不得超过 1"),
    (r"(\w+): '(budget_yuan_\w+)': \w+ costs no money.*", "{0}：{1}：这项政策不花钱，无需预算"),
    (
        r"(\w+): '(budget_yuan_\w+)' = (.*?): must be a number of yuan.*",
        "{0}：{1} = {2}：必须是元数，0 或 1,000 至 1e12",
    ),
    (r"(\w+): '(\w+)' = (.*?): must be a number of yuan from 100 to 1e9", "{0}：{1} = {2}：必须是 100 至 1e9 元"),
    (r"(\w+): 'mode' = (.*?): must be 'add' or 'replace'.*", "{0}：mode = {1}：必须是 add（叠加）或 replace（取代）"),
    (
        r"policy by zone \((.*)\) needs office_choice = 'nearby'.*",
        "区域政策（{0}）需要 office_choice = nearby：只有在这种规则下工作室才会考虑区域",
    ),
    (
        r"(\w+) in (\S+) is for the zones (.*): a city can have one zone for it",
        "{1} 的 {0} 已用于区域 {2}：一座城市只能有一个区域得到它",
    ),
    (r"two windows replace (\w+) in (\S+) .*", "{1} 有两项互相取代的 {0}：请让一项先结束"),
    (r"branch: '(\w+)' acts at the start only.*", "参数 {0} 只在起点起作用，之后不能更改"),
)
"""What the model refuses, as a pattern of the whole line, and in Chinese."""


class Message(NamedTuple):
    """A text in both languages."""

    text: str
    zh: str


def message(key: str, /, **values: object) -> Message:
    """A text by its key, filled with values."""
    english, chinese = MESSAGES[key]
    return Message(english.format(**values), chinese.format(**values))


class RefusedError(InputError):
    """Something a visitor gave cannot be used: the error that a page shows in its language."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages = list(messages)
        super().__init__(each.text for each in self.messages)


def refusal(key: str, /, **values: object) -> RefusedError:
    """The error with one message."""
    return RefusedError([message(key, **values)])


def messages_of(error: InputError) -> list[Message]:
    """Every problem of an error in both languages, those of the model too."""
    if isinstance(error, RefusedError):
        return error.messages
    return [Message(problem, _in_chinese(problem)) for problem in error.problems]


def of_the_model(problems: Iterable[str]) -> RefusedError:
    """The error with what the model says is wrong."""
    return RefusedError(Message(problem, _in_chinese(problem)) for problem in problems)


def joined(messages: Iterable[Message]) -> Message:
    """Some messages as one, a line each."""
    lines = list(messages)
    return Message("\n".join(each.text for each in lines), "\n".join(each.zh for each in lines))


def _in_chinese(problem: str) -> str:
    for pattern, chinese in OF_THE_MODEL:
        if found := re.fullmatch(pattern, problem, re.DOTALL):
            return chinese.format(*found.groups())
    return f"模型不接受这项输入（原文）：{problem}"
