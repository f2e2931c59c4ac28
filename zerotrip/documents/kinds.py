"""What is recorded about files. Their names may hold personal data, so entries say only purpose and digest."""

from zerotrip.ledger.kinds import Kind, kind

__all__ = ["ATTACHED", "DISCARDED", "GRADED", "STORED", "Kind"]

STORED = kind(
    "documents.stored",
    zh="{actor} 存入文件（{purpose}，{size}，SM3 {digest}）",
    en="{actor} stored a file ({purpose}, {size}, SM3 {digest})",
    icon="upload",
)
ATTACHED = kind(
    "documents.attached",
    zh="{actor} 将文件（{purpose}，SM3 {digest}）归入办理材料",
    en="{actor} put a file ({purpose}, SM3 {digest}) to its case",
    icon="paperclip",
)
DISCARDED = kind(
    "documents.discarded",
    zh="{actor} 删除文件（{purpose}，SM3 {digest}）：{reason}",
    en="{actor} discarded a file ({purpose}, SM3 {digest}): {reason}",
    icon="trash",
)
GRADED = kind(
    "documents.graded",
    zh="{actor} 核对原件，文件（{purpose}，SM3 {digest}）由 {before} 级升为 {after} 级",
    en="{actor} compared a file ({purpose}, SM3 {digest}) with its original: grade {before} became {after}",
    icon="checks",
)
