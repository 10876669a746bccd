"""Looking at a strange message: invited, judged with quotes, first aid, passed on only by sending it again, erased."""

import pytest

from handlers.core import Core
from storage.database import Database
from storage.local_warnings import pending
from storage.neighbourhoods import Ward
from tests.dialogue import Resident, commands_of, stored, stored_texts, verify_dialogue

SCAM = (
    "Vietcombank thong bao: tai khoan cua quy khach se bi khoa trong 24h. "
    "Truy cap https://vietcombank-vn.top/xac-nhan de xac thuc, lien he Nguyễn Văn Tèo 0912 345 678"
)
CODE = "Ma OTP cua quy khach la 483920, hieu luc 2 phut. Khong cung cap ma nay cho bat ky ai."


async def test_a_scam_is_called_dangerous_with_its_phrases_quoted(core: Core) -> None:
    await verify_dialogue(
        Resident(core),
        [
            ("kiểm tra tin nhắn", "chép nguyên tin nhắn lạ"),
            (SCAM, "**Nguy hiểm!**"),
            ("/scam", "không lưu"),
            (SCAM, "«se bi khoa»"),
            ("/scam", "không lưu"),
            (SCAM, "gọi **113**"),
        ],
    )


async def test_a_message_in_the_name_of_the_state_sends_nobody_to_a_bank(core: Core) -> None:
    reply = await Resident(core).say("VNeID: tai khoan dinh danh sap bi khoa, cap nhat tai http://vneid-capnhat.top")
    assert "Bà con đến **Công an phường, xã**, nơi làm VNeID, để hỏi." in reply.text
    assert "gọi **113**" in reply.text
    assert "ngân hàng" not in reply.text.replace("đường dẫn mượn tên cơ quan, ngân hàng", "")


async def test_a_scam_pasted_anywhere_is_judged_without_asking_for_it(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    reply = await resident.say(SCAM)
    assert "**Nguy hiểm!**" in reply.text
    assert commands_of(reply)[-4:-2] == ["/scam_done", "/share_scam"]


async def test_nothing_a_quote_holds_can_be_tapped_dialled_or_names_anybody(core: Core, database: Database) -> None:
    reply = await Resident(core).say(SCAM)
    assert "vietcombank-vn[.]top" in reply.text
    kept = await stored_texts(database)
    for trace in ("://", "vietcombank-vn.top", "xac-nhan", "0912", "345 678", "tèo"):
        assert trace not in kept


async def test_a_genuine_code_is_no_scam_and_never_called_safe(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.say("/scam")
    reply = await resident.say(CODE)
    assert reply.text.startswith("**Chưa thấy dấu hiệu**")
    assert "an toàn" not in reply.text
    assert "483920" not in await stored_texts(database)


async def test_a_bare_number_is_refused_where_a_message_is_expected(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.say("/scam")
    assert "**không đọc và không lưu**" in (await resident.say("483902")).text
    assert "483902" not in await stored_texts(database)


async def test_a_picture_of_a_message_gets_a_way_on(core: Core) -> None:
    resident = Resident(core)
    await resident.say("/scam")
    reply = await resident.say("", kind="picture")
    assert "gõ lại chữ" in reply.text
    assert "**Nguy hiểm!**" in (await resident.say(SCAM)).text


@pytest.mark.parametrize(
    ("taps", "first"),
    [
        (("1",), "**1.** Gọi **số in sau thẻ** ngân hàng. Xin chặn lệnh chuyển"),
        (("2",), "**1.** Mã, mật khẩu **ngân hàng**: gọi **số in sau thẻ**"),
        (("3", "1"), "**1.** **Tắt nguồn**"),
        (("3", "2"), "**1.** Đóng trang"),
    ],
)
async def test_whoever_followed_the_message_hears_the_first_thing_to_do_first(
    taps: tuple[str, ...], first: str, core: Core
) -> None:
    resident = Resident(core)
    await resident.say(SCAM)
    await resident.say("tôi đã lỡ làm theo")
    assert first in (await resident.says(*taps)).text


@pytest.mark.parametrize("said", ["gọi rồi", "tôi gọi rồi cháu", "đã gọi ngân hàng rồi", "1"])
async def test_whoever_has_called_the_bank_hears_what_comes_next(said: str, core: Core) -> None:
    resident = Resident(core)
    await resident.says(SCAM, "tôi đã lỡ làm theo", "1")
    reply = await resident.say(said)
    assert reply.text.startswith("Bà con làm vậy là đúng")
    assert "/scam_done called" not in commands_of(reply)


async def test_a_message_is_passed_on_only_by_sending_it_again_and_without_names(
    core: Core, database: Database, ward: Ward
) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.say(SCAM)
    await resident.say("/share_scam")
    assert await database.read(pending, ward.id) == []
    assert "Cảm ơn bà con" in (await resident.say(SCAM)).text
    (warning,) = await database.read(pending, ward.id)
    assert warning.neighbourhood == "Khu phố 5"
    assert warning.text.endswith("Truy cap vietcombank-vn[.]top de xac thuc, lien he (tên) (số)")


async def test_erasing_erases_what_was_passed_on(core: Core, database: Database) -> None:
    for address in ("one", "another"):
        resident = Resident(core, address=address)
        await resident.join()
        await resident.says("/share_scam", SCAM)
    await resident.says("/erase", "1")
    assert len((await stored(database))["local_warnings"]) == 1


async def test_what_is_neither_clearly_a_message_nor_a_question_is_asked(core: Core) -> None:
    reply = await Resident(core).say("tin nhắn báo nhận quà bảo bấm vào link")
    assert reply.text.startswith("Bà con hỏi về điều này, hay muốn")
    assert commands_of(reply)[:2] == ["/scam", "/scam_question"]


async def test_a_question_of_ones_own_where_a_message_is_expected_is_answered_and_not_judged(core: Core) -> None:
    resident = Resident(core)
    await resident.say("/scam")
    assert "Cài đặt" in (await resident.say("sao chữ trong máy nhỏ xíu")).text
    await resident.say("/scam")
    assert "Chưa thấy dấu hiệu" in (await resident.say("chị ơi của chị 250k, em để hàng trước cửa rồi nha")).text


@pytest.mark.parametrize("asked", ["quet ma tra tien trong tin nay co lua khong", "xem giúp tin này có phải lừa không"])
async def test_a_question_about_a_message_not_sent_along_offers_to_look_at_it(asked: str, core: Core) -> None:
    reply = await Resident(core).say(asked)
    first = reply.choices[0]
    assert (first.label, first.command) == ("Xem giúp tin nhắn lạ", "/scam") or "chép nguyên tin nhắn lạ" in reply.text
