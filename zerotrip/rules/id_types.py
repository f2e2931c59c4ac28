"""Kinds of identity document and their three-digit codes.

Source: GB/T 39046-2020 table 5 asks for a three-digit code (证件类型 n3); the codes follow the public-security list
常用证件代码 (GA/T 517-2004).
Confidence: K for the single codes; confirm with the province before exchanging them.

>>> IdType.RESIDENT_ID.zh, IdType("414").zh, IdType.get("000") is None
('居民身份证', '普通护照', True)
>>> IdType.RESIDENT_ID.has_resident_form, IdType.PASSPORT.has_resident_form
(True, False)
"""

from zerotrip.rules.codes import CodeList


class IdType(CodeList):
    """Identity documents of persons, and the one of organisations."""

    RESIDENT_ID = "111", "居民身份证", "resident ID card"
    TEMPORARY_RESIDENT_ID = "112", "临时居民身份证", "temporary resident ID card"
    HOUSEHOLD_REGISTER = "113", "户口簿", "household register"
    MILITARY_OFFICER = "114", "中国人民解放军军人身份证件", "military identity document"
    ARMED_POLICE = "115", "中国人民武装警察身份证件", "armed police identity document"
    PASSPORT = "414", "普通护照", "passport"
    TAIWAN_TRAVEL_PERMIT = "511", "台湾居民来往大陆通行证", "mainland travel permit for Taiwan residents"
    HK_MACAO_TRAVEL_PERMIT = "516", "港澳居民来往内地通行证", "mainland travel permit for Hong Kong and Macao residents"
    FOREIGN_PERMANENT_RESIDENT = "553", "外国人永久居留身份证", "foreign permanent resident ID card"
    HK_MACAO_RESIDENCE_PERMIT = "810", "港澳居民居住证", "residence permit for Hong Kong and Macao residents"
    TAIWAN_RESIDENCE_PERMIT = "830", "台湾居民居住证", "residence permit for Taiwan residents"
    UNIFIED_SOCIAL_CREDIT_CODE = "001", "统一社会信用代码", "unified social credit code"
    OTHER = "990", "其他证件", "other document"

    @property
    def has_resident_form(self) -> bool:
        """Whether numbers of this kind always follow `resident_id`."""
        return self in _RESIDENT_FORM

    @property
    def of_person(self) -> bool:
        """Whether the document identifies a natural person."""
        return self is not IdType.UNIFIED_SOCIAL_CREDIT_CODE


_RESIDENT_FORM = frozenset(
    {
        IdType.RESIDENT_ID,
        IdType.TEMPORARY_RESIDENT_ID,
        IdType.HOUSEHOLD_REGISTER,
        IdType.HK_MACAO_RESIDENCE_PERMIT,
        IdType.TAIWAN_RESIDENCE_PERMIT,
    }
)
