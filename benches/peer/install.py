"""Makes the environment of the peer that driftlead is measured against, from its lock file, once: `install.py FOLDER`.

It prints the path of its `prowler`. Needs Python 3.10 to 3.12, and room for 2.3 GB.
"""

import fcntl
import pathlib
import shutil
import subprocess
import sys
import venv

LOCK = pathlib.Path(__file__).resolve().parent / "prowler.lock"


def install(environment):
    if not (3, 10) <= sys.version_info[:2] <= (3, 12):
        sys.exit(f"peer: Python {sys.version_info[0]}.{sys.version_info[1]} cannot run Prowler 5: use 3.10, 3.11 or 3.12")
    print("peer: installing from prowler.lock (about six minutes)", file=sys.stderr, flush=True)
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, with_pip=True)
    command = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--require-hashes", "--requirement", LOCK], stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        sys.exit(f"peer: pip failed with {done.returncode}")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    environment, stamp = folder / "venv", folder / "venv.stamp"
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}\n".encode() + LOCK.read_bytes()
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_bytes() != wanted:
            install(environment)
            stamp.write_bytes(wanted)
    print(environment / "bin" / "prowler")


if __name__ == "__main__":
    main()
