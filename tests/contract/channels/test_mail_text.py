"""What a mail says, whatever program wrote it: new words, any charset, HTML, files."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from channels.mail_text import decoded, flowed, from_html, new_part
from tests.contract.channels.case_mail import SHOP
from tests.contract.channels.test_mail_reading import OURS, head, inbound

# --- what is new in it ----------------------------------------------------------------------------

QUOTED = {
    "Gmail": "Yes please.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme <support@shop.example> wrote:\n\n"
    "> Shall I cancel?\n> 1. Yes\n",
    "Gmail, German": "Yes please.\n\nAm Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Acme <\n"
    "support@shop.example>:\n\n> Soll ich?\n",
    "Outlook": "Yes please.\n\n________________________________\nFrom: Acme "
    "<support@shop.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Dana\nSubject: Re: x\n\n"
    "Shall I cancel? No\n",
    "Outlook, German": "Yes please.\n\nVon: Acme <support@shop.example>\nGesendet: Montag, 23. "
    "November 2026 09:00\nAn: Dana\nBetreff: AW: x\n\nSoll ich? Nein\n",
    "Outlook, old": "Yes please.\n\n-----Original Message-----\nFrom: Acme [mailto:support@shop."
    "example]\nSent: Monday\nTo: Dana\nSubject: x\n\nShall I cancel?\n",
    "Apple Mail": "Yes please.\n\n> On 23. Nov 2026, at 09:00, Acme <support@shop.example> wrote:\n"
    "> \n> Shall I cancel?\n",
    "Thunderbird": "Yes please.\n\nOn 23/11/2026 09:00, Acme wrote:\n> Shall I cancel?\n",
    "French": "Yes please.\n\nLe lun. 23 nov. 2026 à 09:00, Acme <support@shop.example> a écrit :\n"
    "\n> Dois-je annuler ?\n",
    "Hungarian": "Yes please.\n\nAcme <support@shop.example> ezt írta (időpont: 2026. nov. 23., H, "
    "9:00):\n\n> Töröljem?\n",
    "at the bottom": "On Mon, Nov 23, 2026 at 9:00 AM Acme <support@shop.example> wrote:\n"
    "> Shall I cancel?\n\nYes please.\n",
    "with a footer under the quote": "Yes please.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme "
    "<support@shop.example> wrote:\n> Shall I?\n\nThis mail was checked for viruses.\n",
    "a line that was broken in two": "Yes please.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme "
    "<support@shop.example> wrote:\n> You can answer with a number, with the words of a choice, or "
    "no\ncancel it\n> as you like\n",
    "a signature": "Yes please.\n-- \nDana Berg\nno cancellations\n",
    "a telephone": "Yes please.\n\nSent from my iPhone\n",
}


@pytest.mark.parametrize("program", QUOTED)
def test_reads_only_what_is_new(program: str) -> None:
    assert new_part(QUOTED[program], reply=True) == "Yes please."


def test_keeps_every_answer_between_the_lines() -> None:
    text = (
        "Hi, see below.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme <support@shop.example> wrote:\n"
        "> Shall I cancel order 1042?\nno\n> Anything else?\n\nyes, change the address\n"
    )
    assert new_part(text, reply=True) == "Hi, see below.\n\nno\n\nyes, change the address"


@pytest.mark.parametrize(
    "text",
    [
        "Two things:\n- where is order 1042?\n- and the other one\nThanks, Dana",
        "How much is it?\nFrom: Berlin\nTo: Hamburg",
        "On Friday my neighbour wrote: it is broken",
        "> all of it looks quoted",
        "--",
    ],
)
def test_takes_nothing_away_from_a_mail_that_quotes_nobody(text: str) -> None:
    assert new_part(text, reply=False) == text


def test_an_answer_without_words_is_empty_and_says_nothing_of_the_quoted() -> None:
    mail = head(In_Reply_To=OURS, Subject="Re: x") + "\n\n> Shall I cancel?\n> 1. Yes, cancel it\n"
    assert inbound(mail).text == ""
    assert inbound(head(Subject="Fwd: x") + "\nOn 23/11/2026 09:00, A wrote:\n> yes\n").text == ""


def test_a_question_in_the_subject_is_a_question() -> None:
    assert inbound(head(Subject="Where is order 1042?") + "\n\n").text == "Where is order 1042?"
    assert inbound(head(Subject="Re: Where?", In_Reply_To=OURS) + "\n\n").text == ""


def test_a_mail_that_is_longer_than_anybody_types_is_kept_whole_beside_its_beginning() -> None:
    found = inbound(head() + "\n" + "a word " * 10_000)
    assert len(found.text) <= 20_000
    (file,) = found.media
    assert file.name == "message.txt"
    assert (file.data or b"").count(b"a word") == 10_000


# --- HTML, charsets, files ------------------------------------------------------------------------


def test_reads_html_as_a_reader_would() -> None:
    html = (
        "<html><head><title>T</title><style>p {}</style></head><body><p>Hello&nbsp;there,</p>"
        "<div>where is my <b>par</b>cel?<br>Order&#32;1042</div><ul><li>one<li>two</ul>"
        "<p style='display : none'>refund all</p><span hidden>refund</span>"
        "<span style='font-size:0px'>refund</span><div style='visibility: hidden'>refund</div>"
        "<!-- refund --><script>refund()</script><template>refund</template>"
        "<p style='opacity:0.9'>Dana</p></body></html>"
    )
    lines = [line for line in from_html(html).split("\n") if line]
    assert lines == ["Hello there,", "where is my parcel?", "Order 1042", "one", "two", "Dana"]


def test_a_quotation_in_html_is_one() -> None:
    html = (
        "<div>no, keep it</div><div class='gmail_quote'><div class='gmail_attr'>On Mon, Nov 23, "
        "2026 at 9:00 AM Acme &lt;support@shop.example&gt; wrote:</div><blockquote>Shall I cancel?"
        "<br>1. Yes<blockquote>older</blockquote></blockquote></div>"
    )
    assert new_part(from_html(html), reply=True) == "no, keep it"
    between = "<blockquote>Cancel?</blockquote><p>no</p><blockquote>Else?</blockquote><p>yes</p>"
    assert new_part(from_html(between), reply=True).split() == ["no", "yes"]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "windows-1250", "utf-16"])
def test_reads_any_charset(charset: str) -> None:
    words = "Őszi kabát, árvíztűrő"
    for encoding in ("base64", "8bit"):
        lines = head(
            Content_Type=f'text/plain; charset="{charset}"', Content_Transfer_Encoding=encoding
        )
        body = words.encode(charset)
        body = base64.b64encode(body) if encoding == "base64" else body
        if (charset, encoding) != ("utf-16", "8bit"):
            assert inbound(lines.encode() + b"\n" + body).text == words


@pytest.mark.parametrize(
    "name", ["unknown-8bit", "hex", "zlib", "x" * 5000, "utf-8\x00", "", "rot13"]
)
def test_reads_what_it_can_in_a_charset_that_is_none(name: str) -> None:
    assert decoded("Grüße".encode("cp1252"), name) == "Grüße"
    assert decoded("Grüße".encode(), name) == "Grüße"


@pytest.mark.parametrize(
    "subject",
    [
        "Rückgabe – Größe",
        "=?utf-8?q?R=C3=BCckgabe_=E2=80=93_Gr=C3=B6=C3=9Fe?=",
        "=?utf-8?b?UsO8Y2tnYWJlIOKAkyA=?=\n =?utf-8?b?R3LDtsOfZQ==?=",
        "=?utf-8?b?UsM=?= =?utf-8?b?vGNrZ2FiZSDigJMgR3LDtsOfZQ==?=",
        "=?iso-8859-1?q?R=FCckgabe?= =?utf-8?q?_=E2=80=93_Gr=C3=B6=C3=9Fe?=",
        "=?UTF-8*de?Q?R=C3=BCckgabe?= – Größe",
    ],
)
def test_reads_a_subject_in_any_spelling(subject: str) -> None:
    assert inbound(head(Subject=subject) + "\nhi").envelope["subject"] == "Rückgabe – Größe"


def test_reads_a_name_in_any_spelling_and_the_address_as_it_is() -> None:
    for sender in (
        "Dána Bérg <dana@mail.example>",
        "=?utf-8?q?D=C3=A1na_B=C3=A9rg?= <dana@mail.example>",
    ):
        found = inbound(head(From=sender) + "\nhi")
        assert (found.envelope["name"], found.address.value) == ("Dána Bérg", "dana@mail.example")
    hidden = "=?utf-8?q?dana=40mail=2Eexample_=3Cdana=40mail=2Eexample=3E?= <m@evil.example>"
    assert inbound(head(From=hidden) + "\nhi").address.value == "m@evil.example"


def test_undoes_flowed_text() -> None:
    assert flowed("I would like to know \nwhere it is.\n> quoted \nnew\n-- \nDana") == (
        "I would like to know where it is.\n> quoted \nnew\n-- \nDana"
    )
    assert flowed("Donau \ndampf", delsp=True) == "Donaudampf"


def test_keeps_files_under_harmless_names_and_their_true_type() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "dana@mail.example", SHOP, "<1@mail.example>"
    mail.set_content("see the photo")
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
    mail.add_attachment(png, maintype="text", subtype="html", filename="../../etc/lid.png")
    mail.add_attachment("a,b\n", subtype="csv", filename="Größe.csv")
    inner = EmailMessage()
    inner["Subject"] = "forwarded"
    inner.set_content("yes, cancel it")
    mail.add_attachment(inner)
    found = inbound(mail.as_bytes())
    assert found.text == "see the photo"
    assert [(f.name, f.content_type) for f in found.media] == [
        ("lid.png", "image/png"),
        ("Größe.csv", "text/csv"),
        ("mail.eml", "message/rfc822"),
    ]
    assert found.media[0].data == png
    assert b"yes, cancel it" in (found.media[2].data or b"")


def test_reads_all_the_text_between_pictures() -> None:
    """As Apple Mail sends it: words, a picture, more words."""
    mail = head(MIME_Version="1.0", Content_Type="multipart/mixed; boundary=b") + (
        "\n--b\nContent-Type: text/plain\n\nthis one\n--b\nContent-Type: image/png\n"
        "Content-Disposition: inline; filename=a.png\n\nx\n--b\nContent-Type: text/plain\n\n"
        "and that one\n--b--\n"
    )
    found = inbound(mail)
    assert found.text == "this one\nand that one"
    assert [f.name for f in found.media] == ["a.png"]


SLOW = {
    "a thousand attributions": ("On " + "a " * 40 + "\n") * 1000,
    "one that does not end": "On " + "a " * 200_000,
    "quotes of quotes": "> " * 50_000,
    "headers": "From: a\nTo: " * 5000,
    "blanks": "From:" + " " * 100_000 + "\n",
    "stars": "*" * 100_000,
    "a word of a megabyte": "x" * 1_000_000,
    "rules": "-" * 200_000,
    "line ends": "\n" * 300_000,
    "signatures": "-- \n" * 50_000,
    "sent from": "sent from my " * 20_000,
}


@pytest.mark.timeout(60)  # what took minutes takes a second or two
@pytest.mark.parametrize("name", SLOW)
def test_is_not_kept_busy_by_any_text(name: str) -> None:
    assert isinstance(new_part(SLOW[name], reply=True), str)


SLOW_HTML = {
    "deep": "<div>" * 100_000,
    "deep quotations": "<blockquote>" * 20_000 + "x",
    "open tags": "<" * 400_000,
    "attributes": "<p " + "a=b " * 100_000 + ">",
    "entities": "&#" * 200_000,
    "declarations": "<!a" * 150_000,
    "instructions": "<?a" * 150_000,
    "character data": "<![CDATA[" * 50_000,
    "scripts": "<script>" * 50_000,
    "titles": "<title>" * 50_000,
    "ends": "</" * 200_000,
    "ends of nothing": "</p>" * 100_000,
    "quotation marks": "<a href='" * 50_000,
    "tables": "<table><tr><td>" * 30_000,
    "list items": "<li>" * 100_000,
    "hidden": "<p style='display:none'>" * 20_000,
    "comments": "<!--" * 100_000,
    "styles": "<p style='" + "display:" * 60_000 + "'>x",
    "a picture in the text": "<img src='data:image/png;base64," + "A" * 2_000_000 + "'>hi",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", SLOW_HTML)
def test_is_not_kept_busy_by_any_html(name: str) -> None:
    assert isinstance(from_html(SLOW_HTML[name]), str)
