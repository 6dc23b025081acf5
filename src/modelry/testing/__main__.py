"""`python -m modelry.testing FD SETTINGS`: the server of `modelry serve`, except that it obeys the test that starts it.

FD is the inherited end of a socket pair, SETTINGS a JSON object. This is the only way to such a server: `modelry serve`
knows nothing of faults.
"""

import json
import os
import sys

import msgspec

from modelry.server import app, process
from modelry.server.start import Prepared, StartError, prepare
from modelry.settings import FLAGS, Settings, SettingsError, loaded
from modelry.testing.application import Obeying
from modelry.testing.orders import Started

_FIXED = {"host": "127.0.0.1", "port": "0", "workers": "1"}
"""One worker, as the faults are counted in it."""
_USUAL = {"synchronous": "NORMAL", "nonce_table_bytes": str(2**20)}


def main(fd: int, given: dict[str, str | bool]) -> int:
    """Serve until the other end of the channel closes."""
    os.set_inheritable(fd, False)  # noqa: FBT003  the standard library's own
    try:
        if unknown := given.keys() - set(FLAGS):
            raise SettingsError(f"no settings for a test: {', '.join(sorted(unknown))}")  # noqa: TRY301  told with the others
        settings = loaded({**_USUAL, **given, **_FIXED}, {})
        listener = process.listening(settings)
        prepared = prepare(settings)
        started = Started(
            port=listener.getsockname()[1],
            account_id=str(prepared.instance.account_id),
            region=prepared.instance.region,
        )

        def tell_ready() -> None:
            os.write(fd, msgspec.json.encode(started) + b"\n")

        def make(settings: Settings, prepared: Prepared, memory: app.Memory) -> app.Application:
            return Obeying(app.application(settings, prepared, memory), app.catalogue(), fd).handle

        process.serve(settings, prepared, listener, tell_ready, make)
    except (SettingsError, StartError) as error:
        print(f"modelry: {error}", file=sys.stderr)  # noqa: T201  its log
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), json.loads(sys.argv[2])))
