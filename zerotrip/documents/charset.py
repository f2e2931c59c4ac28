"""Which characters the packaged fonts must hold: GB 2312 and what names, places and our own papers need beyond it.

Everything else is drawn from the wide fallback font (30,890 characters), so that no name is refused for its writing.

>>> [c in WANTED for c in "贛赣䶮"]
[False, True, True]
"""

from __future__ import annotations

from typing import Final

RARE_IN_NAMES: Final = (
    "㑇㛃㛹㟃㠇㥄㧑㫰㬊㬎㭎㮾㳘㵑㸆㺹㻬㼆䃅䌹䎃䓛䓨䗪䜣䝙䢺䢼䣘䥽䦃䲟䴓䴔䴕䴙䶮伃伋伣伾佺佽侹俍俶倓倞倢偁偲傒傕僇儁冏凃劼勍勚勣卻厔叚呡咡咹啱喆喦嘐嘚噀嚞囧圠圢坉坰坽垍垕垙垚埗埼堃堉堌堎堐堲堽塃塱墕墘墡壵夆"
    "奀奡奭妘妠妧妭姁姈姌姞姮娍娒娖娯婋婞婠婳媃媖媞媱嫄嫆嫕嫚嫪嬛嬿孖孞孶宬寔寘寯尓屾峂峣峯峿崀崟嵎嵚嶓嶟巎巘帨幪庱廙廞弇弢彣彧徯忞悊悰惇惔愃愔慜憭戣扆扺抃抦揳摛撝攽敔敭斿旂旐旲旴旸旻昇昉昞昪昫昳晅晊晙晞晢"
    "晳晸暅暐暕暠暲曈曌朏朓杕枲柈柷栐栒栻桲梣棐棨棪棫棻楩榑榟槃槚氾氿汧汭沄沇沘沚泂泃泜洺浉浐浛浟浡浥浺涀涄涐涘涢涴淏淜淯渟渼湉湑湜湝湣湲湴溁溇溍溠溦溵溹滃滆滉滍滘滪滮漈漋漖漵漹漼潏潓潖潟潩潵澂澔澚澛澥澴濛"
    "濬濴瀍瀞瀱灈炁炆炘炟炤烔烜烝烶焄焌焗焜焲煋煐煟熇熜熺燊燏燚爀爔爚牂犇犨狝玒玓玕玘玙玚玠玡玤玥玦玭玱玶玹珅珋珌珒珢珣珦珪珫珮珰珵珷珺珽琀琇琈琎琔琟琠琤琫琭琯琲瑀瑂瑃瑄瑅瑆瑑瑒瑔瑝瑢瑧瑨瑱瑸璄璆璈璒璘璟璠"
    "璥璪璬璮璱璲瓀瓘瓛甡甦畇畑疍疎疢皕皛皞皥皦盉盷睎睟瞭矞矟硂硔硚硿碁碶磏磻礌礐祃祇祊祎祐祒祲祹禔禕禛禤禩秝秬秾稑窅窎窸竑竫筼箓簃簕簠簰籥糺絜絪綰縠縢繄纁纮绖绤缊缐罍羆羑羕羖翀翃翙翚翯翾耏脩臑艅芃苧苪茀茓"
    "赑赟赪跂跶蹐軏輋迺遹邘邠邨邲邽郃郈郕郞郤郪郿鄀鄅鄌鄏鄗鄘鄚鄜鄠鄩鄫鄳酂釐釚鈇鈊鉏鋆鎔鎣钖钘铏铚铻锳锽镃镈镋镕镚镠镮镴镵阇阘陞隃隩雱霂霙霡霮霱靁靬靰靺鞡鞨鞬鞮韂韎韐韨頔頠頫頲顒颋颎颒颙飏飐飔飖飗饸饹饾馃"
    "馞馧駉駓騄騑騕騵骃骉骍骎骔骕骙骦鬒鬶鬷鱽鱾鲀鲃鲉鲌鲏鲖鲗鲘鲙鲝鲪鲬鲯鲹鲾鲿鳀鳁鳂鳈鳉鳑鳒鳚鳛鳠鳡鳣鳤鳦鳯鳲鳶鳷鳸鴈鴐鵟鶒鷇鷐黇鼒鼩鼫鼱齁齮齯龁龑龘龢𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠"
    "𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊"
    "𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)
"""Characters met in names of people and places beyond GB 2312; mostly from table 3 of 通用规范汉字表 (2013)."""

IN_PLACES: Final = "㙦垇垱埇塅昄浬瀼猇閤"
"""Characters of place names in the division table beyond those."""

SIGNS: Final = "·•–—‘’“”…‰′″℃№→←↑↓↔⇄△▲▼▽○●◎□■◇◆★☆✓×÷±≤≥≈≠¥￥€©®™°²³①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㎡㎜㎝㎏〔〕【】《》「」『』〈〉"
"""Signs that papers and labels set: quotation marks, arrows, boxes, ticks, yuan, units, circled numbers."""


def gb2312() -> str:
    """Every character of GB/T 2312-1980 (GB 2312), rows 1 to 87: 682 signs and 6,763 Chinese characters."""
    rows = [bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF)]
    return "".join(text for row in rows if (text := row.decode("gb2312", errors="ignore")))


LATIN: Final = "".join(chr(c) for c in (*range(0x20, 0x7F), *range(0xA0, 0x100)))

WANTED: Final = "".join(sorted(set(gb2312() + RARE_IN_NAMES + IN_PLACES + SIGNS + LATIN)))
"""All of them, in code point order."""
