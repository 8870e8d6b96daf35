"""Someone who uses the chat in a browser: by its roles and labels, as a screen reader would."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

PATIENCE = 20_000
ANSWERED = """() => {
  const root = document.querySelector("#onecounter").shadowRoot;
  const rows = [...root.querySelectorAll(".lines .row")];
  return rows.length > 0 && rows.at(-1).dataset.author !== "customer"
    && !root.querySelector(".pending") && !root.querySelector(".typing").hasChildNodes();
}"""


class Visitor:
    """A page with the chat on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))
        page.on(
            "console",
            lambda said: (
                self.problems.append(said.text)
                if "Content Security Policy" in said.text or "TrustedScript" in said.text
                else None
            ),
        )

    @property
    def launcher(self) -> Locator:
        """The round button in the corner."""
        return self.page.locator("#onecounter button.launcher")

    @property
    def dialog(self) -> Locator:
        """The open chat."""
        return self.page.get_by_role("dialog", name="help")

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name="Write a message")

    @property
    def banner(self) -> Locator:
        """What is said about the connection."""
        return self.page.locator("#onecounter .banner")

    def open(self, address: str) -> Visitor:
        """Go to a page and open the chat."""
        self.page.goto(address)
        self.launcher.click()
        expect(self.dialog).to_be_visible()
        return self

    def be(self, name: str) -> Visitor:
        """Sign in as a customer of the demo shop."""
        self.page.get_by_text("Sign in").click()
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_load_state()
        return self

    def write(self, text: str) -> None:
        """Send a message and go on at once."""
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str) -> str:
        """Send a message and wait for its answer; returns the answer's whole text."""
        before = self.page.locator("#onecounter .lines .row").count()
        self.write(text)
        self.answered(before + 1)
        return " ".join(self.lines()[before + 1 :])

    def answered(self, more_than: int = 0) -> None:
        """Wait until nothing is on its way and somebody has answered."""
        rows = self.page.locator("#onecounter .lines .row")
        expect(rows.nth(more_than)).to_be_visible(timeout=PATIENCE)
        self.page.wait_for_function(ANSWERED, timeout=PATIENCE)

    def lines(self) -> list[str]:
        """What stands in the conversation, line by line, spaces made plain."""
        rows = self.page.locator("#onecounter .lines .row").all_inner_texts()
        return [" ".join(row.split()) for row in rows]

    def said(self, author: str = "customer") -> list[str]:
        """What one side has said."""
        rows = self.page.locator(f"#onecounter .lines .row[data-author={author}] .bubble")
        return [" ".join(row.split()) for row in rows.all_inner_texts()]
