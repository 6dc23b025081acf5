"""What stands beside the blocks: why some are not run, what is checked of them instead, what others need to run."""

from dataclasses import dataclass, field

from tests.docs import blocks_checks as checks
from tests.docs.blocks import Block


@dataclass(frozen=True)
class _OfABlock:
    page: str
    begins: str
    """How the block's text begins; it may be several blocks that are alike."""

    language: str = field(default="", kw_only=True)
    """The only one that it is about, if it is not empty."""

    def fits(self, block: Block) -> bool:
        """Whether it is about this block."""
        alike = block.page == self.page and block.text.startswith(self.begins)
        return alike and self.language in {"", block.language}


@dataclass(frozen=True)
class NotRun(_OfABlock):
    """A block that is not run."""

    why: str
    check: checks.Check


@dataclass(frozen=True)
class File(_OfABlock):
    """A block that is the text of a file, which lies in the folder before the page's commands run."""

    name: str


@dataclass(frozen=True)
class Ends:
    """A command that ends otherwise than with 0, as it should."""

    page: str
    begins: str
    code: int
    why: str


@dataclass(frozen=True)
class Instead:
    """What is run in the place of something that a page shows."""

    page: str
    shown: str
    run: str
    why: str


CONFIGURATION = "it is configuration, not a program"
_DOCKER = "it needs a container engine and a network"
_SYSTEMD = "it needs systemd and the root of a machine"
_PROVIDER = (
    "it needs the real provider, which is fetched from the network; its recorded requests are replayed elsewhere"
)
_SHAPE = "it shows data"

NOT_RUN = (
    NotRun("README.md", 'provider "alicloud" {', _PROVIDER, checks.is_terraform),
    NotRun(
        "docs/access.md",
        '{\n  "AuthAction"',
        _SHAPE,
        checks.is_tested_by("tests/cli/test_access_page.py", "test_its_denial_has_the_fields_of_a_real_one"),
    ),
    NotRun(
        "docs/audit.md",
        '{"Time":',
        _SHAPE,
        checks.is_tested_by("tests/audit/test_page.py", "test_the_line_of_the_page_has_the_fields_of_a_real_one"),
    ),
    NotRun("docs/container.md", "docker build", _DOCKER, checks.is_shell),
    NotRun("docs/container.md", "docker logs", _DOCKER, checks.is_shell),
    NotRun("docs/container.md", "services:", _DOCKER, checks.is_compose),
    NotRun("docs/container.md", "docker stop", _DOCKER, checks.is_shell),
    NotRun("docs/one-request.md", "POST /api/v1/models/", _SHAPE, checks.is_request),
    NotRun("docs/one-request.md", '{"RequestId"', _SHAPE, checks.is_answer_of("CreateModelVersion")),
    NotRun("docs/one-request.md", "GET /api/v1/models/", _SHAPE, checks.is_request),
    NotRun("docs/policies.md", '{\n  "Version"', _SHAPE, checks.is_policy),
    NotRun(
        "docs/proxy.md",
        "upstream modelry {",
        "a test of its own runs nginx with it",
        checks.is_tested_by("tests/proxy/test_nginx.py", "test_the_sdk_writes_and_reads_through_the_recommended_block"),
    ),
    NotRun("docs/proxy.md", "# addresses or networks", CONFIGURATION, checks.is_settings_file),
    NotRun("docs/running.md", "# modelry serve --config", CONFIGURATION, checks.is_settings_file),
    NotRun(
        "docs/running.md",
        '{"Time":',
        _SHAPE,
        checks.is_tested_by("tests/docs/test_pages.py", "test_the_log_line_of_the_page_has_the_fields_of_a_real_one"),
    ),
    NotRun("docs/systemd.md", "python3 -m venv", _SYSTEMD, checks.is_shell),
    NotRun("docs/systemd.md", "MODELRY_HOST=", CONFIGURATION, checks.is_environment),
    NotRun("docs/systemd.md", "cat /var/lib/modelry", _SYSTEMD, checks.is_shell),
    NotRun("docs/systemd.md", "[Service]\nLoadCredential=root", CONFIGURATION, checks.is_drop_in),
    NotRun("docs/systemd.md", "[Service]\nLoadCredential=tls", CONFIGURATION, checks.is_drop_in),
    NotRun(
        "docs/testing.md",
        "",
        "a test of its own runs pytest with each",
        checks.is_tested_by("tests/testing/test_page.py", "test_an_example_passes"),
        language="python",
    ),
    NotRun("docs/terraform.md", "provider", _PROVIDER, checks.is_terraform),
    NotRun("docs/terraform.md", "resource", _PROVIDER, checks.is_terraform),
)
FILES = (File("docs/access.md", "[[cases]]", "access.toml"),)

ENDS = (
    Ends("docs/access.md", "modelry access explain --as alice --operation GetModel", 3, "what it explains is a denial"),
    Ends("docs/access.md", "modelry access test --as alice --operation DeleteModel", 3, "the policy allows only reads"),
    Ends("docs/access.md", "modelry access test --as alice --operation GetModel", 3, "the new policy denies it too"),
)

INSTEAD = (
    Instead("README.md", "./demo ", "serves ./demo ", "it would serve for ever"),
    Instead("README.md", "./check ", "./check --help ", "it runs this test"),
    Instead("docs/tls.md", "tls init --host", "tls init --force --host", "the one before is another machine's"),
    Instead("docs/tls.md", "tls init --cloud", "tls init --force --cloud", "the one before is another machine's"),
)
