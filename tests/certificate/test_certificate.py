"""Certificates: when one is given, what it says, and what is said of one that does not hold."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from securesystemslib.dsse import Envelope

import conformance
from conformance.certificate.certifier import Certifier
from conformance.certificate.checks import Circumstances, notes, problems
from conformance.certificate.failing import CertificateError
from conformance.certificate.signing import is_signed_by, signer_of
from conformance.certificate.statement import PAYLOAD_TYPE, REPORT_KEY, objections, statement
from conformance.command.main import main
from conformance.judge import RULES
from conformance.report.results import Results
from conformance.report.verdict import ending
from conformance.report.waivers import Waiver
from conformance.settings import Size
from conformance.values.verdict import Outcome
from tests.report.results import NOON, results

_DIGEST = "sha256:" + "ab" * 32
_FOR = f"for the targets local, sagemaker, clean-rooms, by the manifest {results().loaded.sha256}"
_ODD_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEcAUl0Oaf6p1djq4w47XkJnGyeLLc
7E6n77cyAZGfdLSBa0v9CLsTNuBF4xDsB95tdQ/5wJCpK2qhhFoTDeOQgQ==
-----END PUBLIC KEY-----
"""
"""A public key on a curve, SM2, that libraries know by name alone."""
_WAIVER = Waiver(rule="logs.stdio", reason="known", owner="ml@example.com", expires=dt.date(2026, 6, 1))


def whole(size: Size = "full", **changes: Any) -> Results:
    """The results of a session that a certificate can be given of."""
    found = results(conforming=True)
    image = replace(found.image, config_digest=_DIGEST)
    return replace(found, settings=replace(found.settings, size=size), image=image, **changes)


def narrowed() -> Results:
    found = whole()
    return replace(found, settings=replace(found.settings, targets=("local",)))


def with_outcome(rule_id: str, outcome: Outcome, **changes: Any) -> Results:
    found = whole(**changes)
    rules = tuple(replace(r, outcome=outcome) if r.rule.id == rule_id else r for r in found.rules)
    return replace(found, rules=rules, ending=ending(rules, interrupted=False, stale_waivers=False))


def here(**changes: Any) -> Circumstances:
    now = NOON + dt.timedelta(days=10)
    return replace(Circumstances(_DIGEST, conformance.__version__, tuple(RULES), now, 365), **changes)


def written(directory: Path, name: str, kind: str) -> tuple[Path, Path]:
    """The files of a new pair of keys: private, public."""
    makers: dict[str, Callable[[], Any]] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    }
    key = makers[kind]()
    private, public = directory / f"{name}.pem", directory / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_statement_is_one_of_in_toto() -> None:
    found = statement(whole())
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    (subject,) = found["subject"]
    assert subject["digest"] == {"sha256": "ab" * 32}
    predicate = found["predicate"]
    assert predicate["result"] == "PASSED"
    assert set(predicate["passedTests"]) == set(RULES)
    assert predicate["warnedTests"] == predicate["failedTests"] == []
    assert predicate["configuration"][0]["digest"] == {"sha256": whole().loaded.sha256}
    assert list(problems(found, here())) == []
    assert list(notes(found)) == [_FOR]


@pytest.mark.parametrize(
    ("config", "manifest", "said"),
    [
        ("sha256:aa", None, [("aa", "image config")]),
        ("sha256:aa", "sha256:bb", [("aa", "image config"), ("bb", "image manifest")]),
        # As engines say it whose store is containerd's.
        ("sha256:bb", "sha256:bb", [("bb", "image manifest")]),
    ],
)
def test_a_digest_is_called_what_it_is(config: str, manifest: str | None, said: list[tuple[str, str]]) -> None:
    results = whole()
    image = replace(results.image, config_digest=config, manifest_digest=manifest)
    subjects = statement(replace(results, image=image))["subject"]
    assert [(subject["digest"]["sha256"], subject["annotations"]["of"]) for subject in subjects] == said


def test_what_warns_and_what_is_waived_is_told() -> None:
    found = statement(with_outcome("logs.stdio", Outcome.WAIVED, waivers=(_WAIVER,)))
    assert found["predicate"]["result"] == "WARNED"
    assert found["predicate"]["warnedTests"] == ["logs.stdio"]
    assert list(problems(found, here())) == []
    assert list(notes(found)) == [_FOR, "waived: logs.stdio"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (whole(size="gate"), "the size is gate, and should be full"),
        (whole(partial=True), "not every rule was asked for"),
        (narrowed(), "only the targets local were asked for"),
        (whole(relaxed=("owner=anyone",)), "the plain job trains only with owner=anyone"),
        (replace(whole(), loaded=replace(whole().loaded, source="image")), "the manifest is not the certifier's"),
        (with_outcome("launch.trains", Outcome.WAIVED), "launch.trains must be kept, and is waived"),
        (with_outcome("logs.stdio", Outcome.FAILED), "the image is nonconformant, exit code 1"),
    ],
)
def test_no_certificate(found: Results, why: str, tmp_path: Path) -> None:
    file = tmp_path / "certificate.json"
    file.write_text('{"payload": "an older one", "signatures": []}')
    certifier = Certifier.of(file, None)
    certifier.begin()
    (told,) = certifier.certify(found)
    assert told.startswith(f"no certificate: {why}")
    assert not file.exists()
    assert [reason[: len(why)] for reason in objections(found)] == [why]


Change = Callable[[dict[str, Any]], object]


def _of_report(change: Change) -> Change:
    return lambda found: change(found["predicate"][REPORT_KEY])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda found: found.update(predicateType="https://example.com/other"), "it is a statement of another kind"),
        (_of_report(lambda report: report.update(schema_version=2)), "its report has schema_version 2"),
        (lambda found: found["predicate"]["passedTests"].pop(), "passedTests is not what its report says"),
        (_of_report(lambda report: report["tool"].update(version="0.0.9")), "it was given by version 0.0.9, which is"),
        (_of_report(lambda report: report.update(size="gate")), "not every rule was asked for, or not at full size"),
        (_of_report(lambda report: report.update(verdict="nonconformant")), "the verdict is nonconformant"),
        (_of_report(lambda report: report["manifest"].update(source="image")), "the manifest was not the certifier's"),
        (_of_report(lambda report: report.update(finished="2027-01-01T00:00:00Z")), "it is of 2027-01-01T00:00:00Z"),
        (_of_report(lambda r: r["image"].update(config_digest="sha256:0")), "its subject is another image than that"),
    ],
)
def test_what_was_changed_is_told(change: Change, told: str) -> None:
    found = statement(whole())
    change(found)
    (said,) = problems(found, here())
    assert said.startswith(told)


def test_what_has_changed_since_is_told() -> None:
    found = statement(with_outcome("logs.stdio", Outcome.WAIVED, waivers=(_WAIVER,)))
    other = "sha256:" + "cd" * 32
    assert list(problems(found, here(config_digest=other))) == [
        f"the image is {other}, and the certificate is of {_DIGEST}"
    ]
    assert list(problems(found, here(version="0.2.0"))) == [
        f"it was given by version {conformance.__version__}, which is older than 0.2.0"
    ]
    assert list(problems(found, here(rules=(*RULES, "logs.new")))) == ["it says nothing of logs.new"]
    assert list(problems(found, here(max_age_days=9))) == ["it is 9 days old, and 9 are the most"]
    later = here(now=dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    assert list(problems(found, later)) == ["the waiver of logs.stdio was valid until 2026-06-01"]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_signature_is_of_every_bit(kind: str, tmp_path: Path) -> None:
    private, public = written(tmp_path, "certifier", kind)
    _, other = written(tmp_path, "other", kind)
    file = tmp_path / "certificate.json"
    (told,) = Certifier.of(file, private).certify(whole())
    assert told == f"certificate: {file}"
    envelope = json.loads(file.read_text())
    assert envelope["payloadType"] == PAYLOAD_TYPE
    payload = base64.b64decode(envelope["payload"])
    assert json.loads(payload) == statement(whole())
    assert is_signed_by(envelope, public)
    assert not is_signed_by(envelope, other)
    for place in (0, len(payload) // 2, len(payload) - 1):
        changed = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        assert not is_signed_by({**envelope, "payload": base64.b64encode(changed).decode()}, public)


def test_files_that_are_no_keys(tmp_path: Path) -> None:
    private, public = written(tmp_path, "certifier", "ed25519")
    odd = tmp_path / "odd.pub"
    odd.write_text(_ODD_KEY)
    with pytest.raises(CertificateError, match="nowhere cannot be read"):
        Certifier.of(tmp_path / "c.json", tmp_path / "nowhere")
    with pytest.raises(CertificateError, match=r"certifier\.pub should be a private key in PEM"):
        Certifier.of(tmp_path / "c.json", public)
    with pytest.raises(CertificateError, match=r"certifier\.pem should be a public key in PEM"):
        is_signed_by({}, private)
    with pytest.raises(CertificateError, match=r"odd\.pub should be a public key in PEM"):
        is_signed_by({}, odd)
    with pytest.raises(CertificateError, match="should be in a directory that can be written"):
        Certifier.of(tmp_path / "nowhere" / "c.json", None)
    with pytest.raises(CertificateError, match="is there already, and is no certificate"):
        Certifier.of(private, None)
    assert private.is_file()


def test_a_bit_of_the_statement_that_is_changed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = written(tmp_path, "certifier", "ed25519")
    file = tmp_path / "certificate.json"
    Certifier.of(file, private).certify(whole())
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"])
    for place in range(0, len(payload), 997):
        changed = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        file.write_text(json.dumps({**envelope, "payload": base64.b64encode(changed).decode()}))
        assert main(["verify", str(file), "--image=not-looked-at", "--pull=never", f"--key={public}"]) == 1
        assert capsys.readouterr().out.startswith(f"does not hold: it is not signed with the key in {public}\n")


def _of_rule(number: int, **changes: str) -> Change:
    return _of_report(lambda report: report["rules"][number].update(changes))


@pytest.mark.parametrize(
    ("change", "payload_type", "told"),
    [
        (lambda _: None, "text/plain", f"what is signed is 'text/plain', and should be '{PAYLOAD_TYPE}'"),
        (lambda found: found.update(predicateType="other", predicate={}), PAYLOAD_TYPE, "a statement of another kind"),
        (_of_report(lambda report: report.update(schema_version=2)), PAYLOAD_TYPE, "its report has schema_version 2"),
        (_of_report(lambda report: report["tool"].update(version="0.0.9")), PAYLOAD_TYPE, "given by version 0.0.9"),
        (_of_rule(1, outcome="waived", level="must"), PAYLOAD_TYPE, f"{list(RULES)[1]} must be kept, and is waived"),
        (_of_rule(0, outcome="failed"), PAYLOAD_TYPE, f"{next(iter(RULES))} is failed"),
    ],
)
def test_what_is_signed_and_does_not_hold_is_told(
    change: Change,
    payload_type: str,
    told: str,
    engine: docker.DockerClient,
    trainee: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, public = written(tmp_path, "certifier", "ed25519")
    static = trainee("static")
    image = replace(whole().image, config_digest=str(engine.images.get(static).id))
    content = statement(replace(whole(), image=image, finished=dt.datetime.now(dt.UTC)))
    change(content)
    envelope = Envelope(json.dumps(content).encode(), payload_type, {})
    envelope.sign(signer_of(private))
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(envelope.to_dict()))
    assert main(["verify", str(file), f"--image={static}", "--pull=never", f"--key={public}"]) == 1
    assert told in capsys.readouterr().out


def certify(file: Path, private: Path, digest: str) -> None:
    """Certify an image as whoever has the key does today."""
    image = replace(whole().image, config_digest=digest)
    Certifier.of(file, private).certify(replace(whole(), image=image, finished=dt.datetime.now(dt.UTC)))


@pytest.fixture
def tag(engine: docker.DockerClient, trainee: Callable[[str], str]) -> Iterator[str]:
    """A tag of the image `static`."""
    name = "training-container-conformance/certified:latest"
    engine.images.get(trainee("static")).tag(name)
    yield name
    engine.images.remove(name)


def test_a_certificate_is_of_an_image_and_not_of_a_tag(
    tag: str,
    engine: docker.DockerClient,
    trainee: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, public = written(tmp_path, "certifier", "ed25519")
    _, other = written(tmp_path, "other", "ed25519")
    file = tmp_path / "certificate.json"
    digest = str(engine.images.get(tag).id)
    certify(file, private, digest)
    command = ["verify", str(file), f"--image={tag}", "--pull=never"]

    assert main([*command, f"--key={public}"]) == 0
    assert capsys.readouterr().out == f"{_FOR}\n{file}: holds for {tag}\n"
    assert main([*command, "--without-key"]) == 0
    assert "who wrote it was not looked at" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 4
    assert "--key --without-key is required" in capsys.readouterr().err
    assert main([*command, f"--key={other}"]) == 1
    assert f"does not hold: it is not signed with the key in {other}" in capsys.readouterr().out

    engine.images.get(trainee("shell")).tag(tag)
    assert main([*command, f"--key={public}"]) == 1
    moved = engine.images.get(tag).id
    assert f"does not hold: the image is {moved}, and the certificate is of {digest}" in capsys.readouterr().out

    Certifier.of(file, None).certify(whole())
    assert main([*command, f"--key={public}"]) == 1
    assert "does not hold: it is not signed\n" in capsys.readouterr().out

    command += ["--without-key"]
    assert main(["verify", str(file), "--image=example.com/no-such-image", "--pull=never", "--without-key"]) == 4
    assert "no-such-image" in capsys.readouterr().err
    deep = base64.b64encode(b"[" * 100_000).decode()
    for content, told in (
        (
            json.dumps({"payload": deep, "payloadType": PAYLOAD_TYPE, "signatures": []}),
            "is no certificate: RecursionError",
        ),
        ("[]", "should be a JSON object"),
        ("{}", "is no certificate: KeyError"),
        ("{", "not JSON"),
    ):
        file.write_text(content)
        assert main(command) == 4
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--contract-certificate=c.json"], "--contract-size: found 'gate', should be 'full' for a certificate"),
        (
            ["--contract-certificate=c.json", "--contract-size=full"],
            "--contract-manifest: should name the certifier's manifest for a certificate, found none",
        ),
        (["--contract-sign-key=k.pem"], "--contract-sign-key: there is nothing to sign without"),
    ],
)
def test_what_a_certificate_needs_is_said_at_once(
    options: list[str], told: str, suite: Callable[..., Any], tmp_path: Path
) -> None:
    found = suite("--image=any", *options, env={"PYTEST_CONTRACT_SIZE": ""}, directory=tmp_path)
    assert found.exit_code == 4
    assert told in found.output
