"""Names for studios, film bases and people, made from their ids: the same in every world of a seed, and invented."""

from __future__ import annotations

from typing import Any

from microdrama.model.draws import mix, name_hash

FIRST = (
    "Quiet静 Crooked弯 Early早 Slow慢 Blue蓝 Paper纸 Copper铜 Salted盐 Wooden木 Iron铁 Round圆 "
    "Hidden隐 Late晚 Small小 Seventh七 Third三 Red红 Grey灰 Warm暖 Cold冷 Old老 Patched补 Long长 "
    "Short短 Tall高 Far远 Humming哼 Deep深 Thin薄 Bright亮 Soft软 Dry干"
)
SECOND = (
    "Lantern灯 Teapot壶 Umbrella伞 Noodle面 Plum梅 Crane鹤 Carp鲤 Moss苔 Pebble石 Kite鸢 Drum鼓 "
    "Bamboo竹 Persimmon柿 Snail螺 Heron鹭 Otter獭 Thistle蓟 Fern蕨 Walnut核 Ladder梯 Bell铃 Ferry渡 "
    "Cricket蛐 Quince榅 Radish萝 Magpie鹊 Pumpkin瓜 Badger獾 Lotus荷 Sparrow雀 Millet粟 Kettle釜"
)
KINDS = {
    "studios": ("Pictures影业", "Shorts短剧", "Workshop工坊", "Films影视", "Stories故事社", "Company剧社"),
    "bases": ("Film Base影视基地", "Lot影棚", "Sets布景城", "Backlot摄影场"),
    "actors": ("",),
}
"""Last words of a name, by population."""


def _pairs(words: tuple[str, ...] | list[str]) -> list[tuple[str, str]]:
    """English and Chinese of words written one after the other."""
    at = [next((i for i, c in enumerate(word) if ord(c) > 0x2FFF), len(word)) for word in words]
    return [(word[:i], word[i:]) for word, i in zip(words, at)]


_FIRST, _SECOND = _pairs(FIRST.split()), _pairs(SECOND.split())
_LAST = {table: _pairs(list(words)) for table, words in KINDS.items()}


def invented(table: str, key: int) -> dict[str, str] | None:
    """The name of an agent of a population by its id, in English and Chinese; none where agents have no names."""
    if table not in _LAST:
        return None
    number = mix(key ^ name_hash(table))
    parts = []
    for words in (_FIRST, _SECOND, _LAST[table]):
        parts.append(words[number % len(words)])
        number //= len(words)
    english, chinese = (" ".join, "".join)
    return {"en": english(part for part, _ in parts if part), "zh": chinese(part for _, part in parts)}


def named(table: str, key: int) -> dict[str, Any]:
    """The same as an entry of what the page is told."""
    found = invented(table, key)
    return {"title": found} if found else {}
