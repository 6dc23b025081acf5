"""`modelry serve`: prepare the data folder, start the workers, say where they are."""

import argparse
import sys

from modelry.cli.banner import banner
from modelry.cli.given import add_flags, settings_of
from modelry.cli.parsing import examples
from modelry.settings import SettingsError


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and a flag for every setting that may be one."""
    parser = commands.add_parser(
        "serve",
        help="start the server",
        description="Start the server on its data folder, which no other server may use meanwhile.",
        epilog=examples(
            "modelry serve --data /srv/modelry",
            "modelry serve --host 0.0.0.0 --port 8443 --tls-cert server.pem --tls-key server-key.pem",
            "MODELRY_PORT=8000 modelry serve --config /etc/modelry.toml",
            "modelry serve --data /tmp/tried --demo",
        ),
        fill=add_flags,
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from modelry.server import process
    from modelry.server.start import StartError, prepare

    try:
        settings = settings_of(given)
        listener = process.listening(settings)
        prepared = prepare(settings)
        for note in prepared.notes:
            print(f"modelry: {note}", file=sys.stderr)
        if settings.demo:
            from modelry.access.sealing import Sealer
            from modelry.server.demo import fill
            from modelry.storage.stores import store_of

            fill(store_of(settings), prepared.instance, prepared.root_key_id, Sealer(prepared.sealing_key))
        port: int = listener.getsockname()[1]
        process.serve(settings, prepared, listener, lambda: print(banner(settings, prepared, port), flush=True))
    except (SettingsError, StartError) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0
