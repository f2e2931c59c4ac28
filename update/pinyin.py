"""Short names and pinyin of divisions (needs the dev dependency pypinyin)."""

from __future__ import annotations

import re

from pypinyin import lazy_pinyin

PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|"
    "土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|民|各"
)
WITHOUT_ZU = "蒙古|维吾尔|哈萨克|柯尔克孜|锡伯|塔吉克"
PEOPLE = re.compile(rf"(?<=..)(?:(?:{PEOPLES})族|{WITHOUT_ZU})$")
SUFFIX = re.compile(
    r"(?:特别行政区|自治区|自治州|自治县|自治旗|(?<=神农架)林区|地区|矿区|街道|省|市|盟|州|区|县|旗|镇|乡)$"
)

SPELLINGS = {
    # names whose reading differs from the dictionary's first
    "铅山": "yan shan", "弋阳": "yi yang", "于都": "yu du", "鄱阳": "po yang", "乐安": "le an", "乐平": "le ping",
    "大余": "da yu", "余干": "yu gan", "新干": "xin gan", "会昌": "hui chang", "上犹": "shang you",
    "万载": "wan zai", "长堎": "chang leng", "浒湾": "xu wan", "段莘": "duan xin", "壶峤": "hu qiao",
    "厦坪": "xia ping", "鹄山": "hu shan", "勒功": "le gong", "冠朝": "guan chao", "联圩": "lian wei",
    "𬮤山": "ge shan", "麦㙦": "mai xie", "六安": "lu an", "六合": "lu he", "番禺": "pan yu", "东阿": "dong e",
    "洪洞": "hong tong", "丽水": "li shui", "台州": "tai zhou", "蚌埠": "beng bu", "亳州": "bo zhou",
    "泌阳": "bi yang", "歙县": "she xian", "黟县": "yi xian", "枞阳": "zong yang", "浚县": "xun xian",
    "郫都": "pi du", "犍为": "qian wei", "荥经": "ying jing", "荥阳": "xing yang", "尉犁": "yu li",
    "莘县": "shen xian", "单县": "shan xian", "蔚县": "yu xian", "乐亭": "lao ting", "井陉": "jing xing",
    "长子": "zhang zi", "解州": "hai zhou", "厦门": "xia men", "重庆": "chong qing",
}  # fmt: skip
READINGS = {"都": "du", "圩": "xu", "陂": "bei", "朝": "chao", "堎": "leng", "塅": "duan", "埠": "bu", "畲": "she"}
"""Single characters that have one reading in the names of Jiangxi, whatever words stand around them."""


def short_name(name: str) -> str:
    """The name without its kind and peoples: 内蒙古自治区 → 内蒙古, 太源畲族乡 → 太源; never a single character.

    >>> [short_name(n) for n in ("章贡区", "赣县区", "歙县", "太源畲族乡", "延边朝鲜族自治州", "万柏林区")]
    ['章贡', '赣县', '歙县', '太源', '延边', '万柏林']
    """
    stem = SUFFIX.sub("", name)
    if stem != name and ("自治" in name or name.endswith(("族乡", "族镇"))):
        while match := PEOPLE.search(stem):
            stem = stem[: match.start()]
    return stem if len(stem) >= 2 else name


def spell(name: str) -> str:
    """Pinyin of the short name, syllables apart, without tones: 铅山县 → "yan shan"."""
    stem = short_name(name)
    for word, reading in SPELLINGS.items():
        if stem == word:
            return reading
    syllables: list[str] = []
    for i, syllable in enumerate(lazy_pinyin(stem, v_to_u=False)):
        character = stem[i]
        if character == "长":
            syllable = "chang"
        syllables.append(READINGS.get(character, syllable))
    return " ".join(syllables)
