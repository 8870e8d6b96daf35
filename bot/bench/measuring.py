"""One run of the benchmark: what each part needs, made once and shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.bench import script
from bot.bench.report import Section
from bot.bench.scratch import Scratch
from bot.cli.steps import counting, step
from bot.settings import PROJECT, Settings
from bot.wiring import engine_for, load_terms

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.engine.turn import Turn

SECTIONS = ("turn", "stages", "growth", "webhook", "reading", "model")
SEED = 2026
SMALL_SHOP, LARGE_SHOP = 1_000, 100_000


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    sections: Sequence[str]
    turns: int
    against: Sequence[str] = ()
    json: Path | None = None


@dataclass
class Bench:
    """One run: a scratch database server, a loaded brain, and what was measured so far."""

    wanted: Wanted
    place: Scratch
    settings: Settings
    stack: ExitStack
    model: Path
    sections: list[Section] = field(default_factory=list)

    @cached_property
    def turn(self) -> Turn:
        """Turns with a brain of this process, loaded once."""
        from bot.brain.rasa_agent import RasaBrain
        from bot.engine.turn import Turn

        with step("Loading the model"):
            brain = RasaBrain(self.model, PROJECT / "domain.yml")
            return Turn(brain, load_terms(self.place.settings.shop_file))

    def engine(self, settings: Settings) -> Engine:
        """A pool that is closed when the run ends."""
        engine = engine_for(settings)
        self.stack.callback(engine.dispose)
        return engine

    def talkings(self, settings: Settings, *channels: str) -> Iterator[script.Talking]:
        """The conversations of the script with the records of that database."""
        written = {
            channel: said
            for channel, said in script.templates().items()
            if not channels or channel in channels
        }
        return script.conversations(written, script.records_of(settings.database), SEED)

    def measure_turn(self) -> None:
        """ms per turn, turns per second on one core, memory."""
        from bot.bench.turns import turn_section

        settings = self.place.database("turn")
        with _bar("Turns", self.wanted.turns) as advance:
            section = turn_section(
                self.place,
                self.engine(settings),
                self.turn,
                self.talkings(settings),
                self.wanted.turns,
                progress=advance,
            )
        self.sections.append(section)

    def measure_stages(self) -> None:
        """Where the time goes."""
        from bot.bench.stages import stage_section

        settings = self.place.database("stages")
        with step("Taking turns apart"):
            engine, talkings = self.engine(settings), self.talkings(settings)
            half = self.wanted.turns // 2
            self.sections.append(stage_section(engine, self.turn, talkings, half))

    def measure_growth(self) -> None:
        """With the length of a conversation, and with the size of the shop."""
        from bot.bench import growth

        settings = self.place.database("growth")
        records = script.records_of(settings.database)
        steps = growth.steps_of_conversation_section()
        with _bar("Long conversations", steps, add=True) as advance:
            self.sections.append(
                growth.conversation_section(self.engine(settings), self.turn, records, advance)
            )
        shops = self._shops()
        small = self.talkings_of(shops[min(shops)])
        engines = {size: self.engine(settings) for size, settings in shops.items()}
        with _bar("Large shops", (growth.BLOCKS + 1) * len(shops), add=True) as advance:
            self.sections.append(growth.shop_section(engines, self.turn, small, advance))

    def talkings_of(self, settings: Settings) -> Callable[[], Iterator[script.Talking]]:
        """The same conversations again each time, about records of that database."""
        return lambda: self.talkings(settings)

    def _shops(self) -> dict[int, Settings]:
        from bot.bench.large_shop import grow, shrink

        small, large = self.place.database("small"), self.place.database("large")
        with step(f"Making a shop of {LARGE_SHOP:,} orders", hint="half a minute"):
            return {
                shrink(small.database, SMALL_SHOP): small,
                grow(large.database, LARGE_SHOP): large,
            }

    def measure_webhook(self) -> None:
        """What a webhook's caller waits while the brain is saturated."""
        from bot.bench.gateway import webhook_section

        settings = self.place.database("webhook")
        with step("Posting while the brain is busy", hint="about 40 s"):
            self.sections.append(webhook_section(self.place, settings, self.talkings(settings)))

    def measure_reading(self) -> None:
        """What reading costs, and what it takes up on disk."""
        from bot.bench.reading import reading_section

        with step("Reading messages"):
            self.sections.append(reading_section(self.model))

    def measure_model(self) -> None:
        """Seconds to train and to load, and the memory both need."""
        from bot.bench.model import model_section

        with step("Training and loading the model", hint="about a minute"):
            self.sections.append(model_section(self.place, self.model))

    def measure_against(self) -> None:
        """The same conversations through Rasa's default set-up."""
        from bot.bench import rasa_default, rasa_environment
        from bot.bench.against import Rasa, against_section

        if not rasa_environment.is_ready():
            hint = "the first time: some 2.5 GB"
            with step("Making the environment of the comparison (bench/.venv)", hint=hint):
                rasa_environment.ensure()
        rasa = rasa_environment.ensure()
        models = self.settings.home / "bench" / "models"
        trained = rasa_default.trained(models)
        if trained is None:
            with step("Training Rasa's default pipeline", hint="once, many minutes"):
                trained = rasa_default.train(rasa, models, self.place.folder)
        talkings = self.talkings(self.place.database("script"), "web")
        with _bar("Against " + " and ".join(self.wanted.against), self.wanted.turns) as advance:
            self.sections.append(
                against_section(
                    self.place,
                    self.turn,
                    Rasa(rasa, trained, self.wanted.against),
                    talkings,
                    self.wanted.turns,
                    progress=advance,
                )
            )


@contextmanager
def _bar(doing: str, total: int, *, add: bool = False) -> Iterator[Callable[[int], None]]:
    """A progress bar that is told how far it is (or, with ``add``, how much further)."""
    with counting(doing) as progress:
        task = progress.add_task(doing, total=total)

        def tell(number: int) -> None:
            if add:
                progress.advance(task, number)
            else:
                progress.update(task, completed=number)

        yield tell
