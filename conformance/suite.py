"""The suite in a pytest session: its hooks, once an image is given."""

from __future__ import annotations

import os
import random
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.items import NODE, RuleCollector, RuleItem
from conformance.judge import RULES
from conformance.report.junit import write_properties, write_system_out
from conformance.report.progress import ProgressDisplay
from conformance.report.verdict import Ending, ending
from conformance.settings import SettingError, Settings, read_settings
from conformance.values.verdict import Level, Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.certificate.certifier import Certifier
    from conformance.concluding import EndingOf
    from conformance.replay.saved import Saved
    from conformance.report.results import Results
    from conformance.report.waivers import Waiver
    from conformance.session import Session

_PREFIX = f"{NODE}::"
_BROKEN_BUT_NO_FAILURE = (Outcome.WARNED, Outcome.WAIVED)
_RAN_TO_THE_END = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class Suite:
    """Everything of the plugin that has a state."""

    def __init__(self, settings: Settings, asked: tuple[str, ...], saved: Saved | None) -> None:
        self._settings = settings
        self._asked = asked
        self._session: Session | None = None
        self._display: ProgressDisplay | None = None
        self._others_failed = False
        self._interrupted = False
        self._unfinished: dict[str, str] = {}
        self._waivers: tuple[Waiver, ...] = ()
        self._collected: tuple[str, ...] = ()
        self._results: Results | None = None
        self._certifier: Certifier | None = None
        self._said: list[str] = []
        self._saved = saved

    # -- before collection

    @classmethod
    def from_config(cls, config: pytest.Config) -> Suite:
        """Return the suite for a configuration. A setting that cannot be used is a usage error."""
        if getattr(config.option, "tx", None):
            raise pytest.UsageError("-n of pytest-xdist would test the image several times; use --contract-workers N")
        for level in Level:
            config.addinivalue_line("markers", f"{level}: rules of this level of the contract")
        asked = tuple(arg.removeprefix(_PREFIX) for arg in config.args if arg.startswith(_PREFIX))
        if unknown := [rule_id for rule_id in asked if rule_id not in RULES]:
            raise pytest.UsageError(f"{_PREFIX}{unknown[0]}: there is no such rule; --collect-only lists all")
        whole = NODE in config.args and not Path(NODE).exists()
        config.args[:] = _paths_to_collect(config, whole)
        try:
            settings = read_settings(
                str(config.getoption("contract_image")),
                config.getoption,
                config.getini,
                os.environ,
                config.invocation_params.dir,
                config.inipath.parent if config.inipath is not None else config.rootpath,
                lambda: random.SystemRandom().randrange(2**31),
            )
            saved = _saved(settings)
        except SettingError as error:
            raise pytest.UsageError(str(error)) from error
        if saved is not None:
            if asked or whole:
                raise pytest.UsageError(f"{_PREFIX}…: --contract-replay runs the rule of its counterexample alone")
            asked = (saved.rule_id,)
        return cls(settings, () if whole else asked, saved)

    def asked_for(self, rule_id: str) -> bool:
        """Whether the command line asks for a rule; without a node id of ours it asks for all."""
        return not self._asked or rule_id in self._asked

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Connect, resolve, read the manifest and plan, before anything else is printed."""
        from conformance.report.waivers import WaiversError, load_waivers

        try:
            if self._settings.waivers is not None:
                self._waivers = load_waivers(self._settings.waivers, RULES)
        except WaiversError as error:
            raise pytest.UsageError(str(error)) from error
        if not session.config.option.collectonly:
            self._display = ProgressDisplay(session.config)
            self._open()

    def _open(self) -> None:
        # What tests an image is heavy; listing the rules needs none of it.
        from conformance.certificate.certifier import Certifier
        from conformance.certificate.failing import CertificateError
        from conformance.manifest import ManifestError
        from conformance.report.write import prepare
        from conformance.run.engine import ENGINE_ERRORS, EngineUnavailableError, ImageUnavailableError

        try:
            if self._settings.report is not None:
                prepare(self._settings.report)
        except OSError as error:
            raise pytest.UsageError(
                f"--contract-report: found {str(self._settings.report)!r}, should be a directory that can be written, "
                f"with no other report in it: {error.filename}: {error.strerror}"
            ) from error
        try:
            if self._settings.certificate is not None:
                self._certifier = Certifier.of(self._settings.certificate, self._settings.sign_key)
            self._session = self._opened()
            if self._certifier is not None:
                self._certifier.begin()
        except (CertificateError, EngineUnavailableError, ImageUnavailableError, ManifestError, SettingError) as error:
            raise pytest.UsageError(str(error)) from error
        except ENGINE_ERRORS as error:
            raise pytest.UsageError(f"the container engine failed before anything was run: {error}") from error
        self._session.select(RULES)

    def _opened(self) -> Session:
        if self._saved is not None:
            from conformance.replay.session import Replay

            return Replay(self._settings, self._saved)
        from conformance.session import Session

        return Session(self._settings, self._waivers)

    def pytest_report_header(self) -> list[str]:
        """Say what is tested, with what."""
        if self._session is None:
            return [f"contract: image {self._settings.image}"]
        from conformance.report.terminal import header

        s = self._session
        return header(s.settings, s.engine, s.image, s.loaded, s.workers, self._planned_runs())

    def _planned_runs(self) -> int:
        if self._session is None:
            return 0
        from conformance.plan import PlanError

        try:
            return self._session.planned_runs()
        except PlanError as error:
            raise pytest.UsageError(str(error)) from error

    # -- collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Draw the plan, which has not happened yet where there is no header."""
        self._planned_runs()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Collect the rules before everything else."""
        report = yield
        if isinstance(collector, pytest.Session) and report.result is not None:
            rules: RuleCollector = RuleCollector.from_parent(collector, name=NODE, nodeid=NODE)
            rules.bench = self
            report.result.insert(0, rules)
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which rules are left after selection."""
        self._collected = tuple(item.rule.id for item in session.items if isinstance(item, RuleItem))
        if self._session is not None:
            self._session.select(self._collected)

    # -- judging

    def judge(self, item: RuleItem) -> RuleResult:
        """Return the outcome of an item's rule, showing the progress of its runs while it waits."""
        assert self._session is not None, "a session that runs items was opened"
        assert self._display is not None
        failed = [rule_id for rule_id, it in self._session.results.items() if it.outcome is Outcome.FAILED]
        with self._display.waiting_for(item, failed) as watch:
            result = self._session.judge(item.rule.id, watch)
        self._write_counterexample(result)
        return result

    def failure_text(self, result: RuleResult) -> str:
        """Return what to show of a broken rule."""
        from conformance.report.terminal import failure_text

        return failure_text(result, self._folder(result.rule.id))

    def _folder(self, rule_id: str) -> Path | None:
        report = self._settings.report
        return None if report is None else report / "counterexamples" / rule_id

    def _write_counterexample(self, result: RuleResult) -> None:
        folder = self._folder(result.rule.id)
        if folder is None or result.outcome not in (Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED):
            return
        from conformance.report.counterexample import write_counterexample

        assert self._session is not None
        s = self._session
        try:
            write_counterexample(folder, result, s.image, s.loaded, s.settings)
        except OSError as error:
            # What was found is told all the same.
            self._said.append(f"the counterexample of {result.rule.id} could not be written whole: {error}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what is broken and no failure where JUnit's readers see it, and note rules not judged to the end."""
        report = yield
        if isinstance(item, RuleItem):
            if call.excinfo is not None and item.result is None:
                self._unfinished[item.rule.id] = call.excinfo.exconly()
            if report.when == "call" and item.result is not None and item.result.outcome in _BROKEN_BUT_NO_FAILURE:
                write_system_out(item.config, report, self.failure_text(item.result))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember whether a test that is not ours failed: it decides the exit code too."""
        if report.failed and not report.nodeid.startswith(_PREFIX):
            self._others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember whether a file that is not ours could not be collected."""
        if report.failed:
            self._others_failed = True

    # -- the end

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note the interruption."""
        self._interrupted = True
        # Python 3.11 knows no line of some instructions where a signal is met, and pytest can't tell such a place.
        # Some of its releases say None, some -1.
        excinfo.traceback = excinfo.traceback.filter(
            lambda entry: (entry._rawentry.tb_lineno or -1) > 0  # noqa: SLF001
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None]:
        """Clean up, write the report, decide the exit code."""
        if self._session is None:
            yield
            return
        self._close()
        if exitstatus not in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            self._results = self._conclude(interrupted=self._interrupted or exitstatus not in _RAN_TO_THE_END)
            session.exitstatus = _exit_status(self._results.ending, exitstatus, others_failed=self._others_failed)
            write_properties(session.config, self._results)
            self._write(self._results)
        yield

    def _write(self, results: Results) -> None:
        from conformance.report.write import write_report

        # Of what cannot be written the terminal tells, and the rest is written all the same.
        try:
            if self._settings.report is not None:
                write_report(self._settings.report, results)
        except OSError as error:
            self._said.append(f"not everything could be written: {error}")
        try:
            if self._certifier is not None:
                self._said += self._certifier.certify(results)
        except OSError as error:
            self._said.append(f"no certificate: {error}")

    def _close(self) -> None:
        from conformance.run.engine import ENGINE_ERRORS

        assert self._session is not None
        try:
            self._session.close()
        except ENGINE_ERRORS as error:
            # What the rules say stands without an engine, too.
            self._said.append(f"not everything could be removed from the engine; the next session does it ({error})")

    def _conclude(self, *, interrupted: bool) -> Results:
        from conformance.concluding import conclude

        assert self._session is not None
        return conclude(
            self._session, self._collected, self._unfinished, interrupted=interrupted, ending_of=self._ending_of()
        )

    def _ending_of(self) -> EndingOf:
        if self._saved is None:
            return ending
        from conformance.replay.session import replay_ending

        return replay_ending

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what came of the rules, and the verdict."""
        if self._results is None:
            return
        from conformance.report.terminal import overview, printable, summary

        terminalreporter.section("contract")
        for line, outcome in overview(self._results.rules, self._folder):
            terminalreporter.line(line, **_colour(outcome))
        for line in [*self._said, *self._replayed(self._results), *summary(self._results, self._settings.report)]:
            terminalreporter.line(printable(line))

    def _replayed(self, results: Results) -> list[str]:
        if self._saved is None:
            return []
        from conformance.replay.session import SAID

        return [f"replay of {self._saved.folder}: {SAID[results.ending.exit_code]}"]


def _paths_to_collect(config: pytest.Config, whole: bool) -> list[str]:
    """Return the arguments that name other people's tests: with none of these, only the rules are collected."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    return [arg for arg in config.args if not arg.startswith(_PREFIX) and not (whole and arg == NODE)]


def _saved(settings: Settings) -> Saved | None:
    """Return the counterexample to run again, if one is named. Raises SettingError."""
    if settings.replay is None:
        return None
    from conformance.replay.saved import read_saved

    network, manifest = settings.diagnose_network, settings.manifest is not None
    return read_saved(settings.replay, with_network=network, with_manifest=manifest)


def _exit_status(ours: Ending, pytests: int, *, others_failed: bool) -> int:
    """Return the exit code of a session in which there may be tests that are not ours."""
    if ours.exit_code == 2:
        # Whoever calls pytest.exit() may ask for an exit code of their own.
        return pytests if pytests not in list(pytest.ExitCode) else 2
    return 1 if others_failed else ours.exit_code


def _colour(outcome: Outcome) -> dict[str, bool]:
    colours = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.ERROR: "red", Outcome.WARNED: "yellow"}
    return {colours[outcome]: True} if outcome in colours else {}
