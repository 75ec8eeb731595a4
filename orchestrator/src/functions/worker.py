"""Runs one function of a flow, or one model, call after call.

    worker.py action FOLDER ENTRY MARK
    worker.py model  FOLDER ENTRY MARK MODEL

One line of JSON comes in on standard input, one goes out on descriptor 3; the first line out says whether the
code could be loaded. What the code prints goes to standard output and standard error as always. After each
call both carry the line MARK, so that the reader knows which call a line belongs to.
"""

import importlib
import importlib.util
import json
import math
import os
import sys
import traceback

MESSAGE_MAX = 1000
DEPTH_MAX = 64


class Refusal(Exception):
    """A failure that has a name of its own, and no traceback."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind
        self.message = message


# Finding the code


def load_module(folder, name):
    """Loads a file of the folder. A name of the standard library is loaded under a private one, so that
    `json.py` can be an entry and `import json` still means the standard library."""
    base = os.path.join(folder, *name.split("."))
    path = next((p for p in (base + ".py", os.path.join(base, "__init__.py")) if os.path.isfile(p)), None)
    if path is None:
        raise Refusal("refused", f"there is no file `{name.replace('.', '/')}.py`")
    if "." in name:
        return importlib.import_module(name)
    taken = name in sys.stdlib_module_names or name.startswith("__")
    spec = importlib.util.spec_from_file_location("_flow_" + name if taken else name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main_file(folder):
    """The file that a bare function name is looked for in."""
    if os.path.isfile(os.path.join(folder, "__main__.py")):
        return "__main__"
    files = [name[:-3] for name in os.listdir(folder) if name.endswith(".py")]
    if len(files) == 1:
        return files[0]
    raise Refusal("refused", f"the folder has no `__main__.py` and {len(files)} other files: write `file.function`")


def attribute(module, file, name):
    found = getattr(module, name, None)
    if callable(found):
        return found
    here = sorted(n for n, v in vars(module).items() if callable(v) and getattr(v, "__module__", "") == module.__name__)
    hint = ", it has " + ", ".join(f"`{n}`" for n in here[:8]) if here else ""
    raise Refusal("refused", f"there is no function `{name}` in `{file}.py`{hint}")


def action(folder, entry):
    file, _, name = entry.rpartition(".")
    file = file or main_file(folder)
    function = attribute(load_module(folder, file), file, name)

    def call(value):
        result = function(value)
        if result is None:
            return {}
        if not isinstance(result, dict):
            raise Refusal("type", f"returned {a(result)}, not a dict")
        return result

    return call


def model(folder, entry, directory):
    module = load_module(folder, entry)
    load, predict = attribute(module, entry, "load"), attribute(module, entry, "predict")
    loaded = load(directory)

    def call(rows):
        answers = predict(loaded, rows)
        if hasattr(answers, "tolist"):
            answers = answers.tolist()
        if not isinstance(answers, (list, tuple)):
            raise Refusal("type", f"`predict` returned {a(answers)}, not a list")
        if len(answers) != len(rows):
            raise Refusal("type", f"`predict` returned {len(answers)} answers for {len(rows)} rows")
        return list(answers)

    return call


# Answering


def a(value):
    name = type(value).__name__
    return ("an " if name[:1] in "aeiou" else "a ") + name


def plain(value):
    """Numbers and arrays of numeric libraries are plain values."""
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    raise TypeError


def misfit(value, path="", depth=0):
    """Where a value is not JSON, and why."""
    at = f" at `{path}`" if path else ""
    if isinstance(value, dict) and depth < DEPTH_MAX:
        for key, item in value.items():
            if not isinstance(key, str):
                return f"returned {a(key)} as the name of a field{at}"
            if (found := misfit(item, f"{path}.{key}" if path else key, depth + 1)) is not None:
                return found
        return None
    if isinstance(value, (list, tuple)) and depth < DEPTH_MAX:
        found = (misfit(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value))
        return next((why for why in found if why is not None), None)
    if isinstance(value, float):
        return None if math.isfinite(value) else f"returned a number that is not finite{at}"
    if isinstance(value, str):
        broken = any("\ud800" <= c <= "\udfff" for c in value)
        return f"returned text that is not Unicode{at}" if broken else None
    if value is None or isinstance(value, (bool, int)):
        return None
    if callable(getattr(value, "tolist", None)):
        return misfit(value.tolist(), path, depth + 1) if depth < DEPTH_MAX else f"returned values nested too deeply{at}"
    if isinstance(value, (dict, list, tuple)):
        return "returned values nested too deeply"
    return f"returned {a(value)}{at}, which JSON cannot carry"


def encode(value, limit):
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Refusal("type", misfit(value) or f"returned a value that JSON cannot carry: {error}") from None
    return b'{"result":' + text + b"}" if len(text) <= limit else b'{"oversize":%d}' % len(text)


def describe(error):
    if isinstance(error, SystemExit):
        return f"called sys.exit({error.code!r})"
    try:
        text = str(error)
    except Exception:
        text = "(no text)"
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def show(folder, error):
    """Prints the traceback as far as it is the user's."""
    frames = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(folder + os.sep):
            frame.filename = os.path.relpath(frame.filename, folder)
            frames.append(frame)
    lines = ["Traceback (most recent call last):\n"] + traceback.format_list(frames) if frames else []
    print("".join(lines + traceback.format_exception_only(type(error), error)).rstrip(), file=sys.stderr)


def attempt(folder, act):
    """The answer to one call, whatever the code does."""
    try:
        return act()
    except Refusal as refusal:
        kind, message = refusal.kind, refusal.message
    except BaseException as error:
        kind, message = "crash", describe(error)
        try:
            show(folder, error)
        except Exception:
            pass
    message = message.encode(errors="replace").decode()[:MESSAGE_MAX]
    return json.dumps({"error": {"kind": kind, "message": message}}).encode()


def end_of_logs(mark):
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except Exception:
            pass
        try:
            os.write(descriptor, mark)
        except OSError:
            pass


def serve(kind, folder, entry, mark, *rest):
    answers = os.fdopen(3, "wb")
    os.set_inheritable(3, False)
    requests = os.fdopen(os.dup(0), "rb")
    # What the code reads from its standard input is not ours to lose.
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    # After the standard library, before what is installed: the user's files find each other and shadow nothing.
    installed = (i for i, p in enumerate(sys.path) if p.endswith(("site-packages", "dist-packages")))
    sys.path.insert(next(installed, len(sys.path)), folder)
    sys.argv = [entry]
    this, mark, call = os.getpid(), mark.encode() + b"\n", None

    def answer(line):
        if os.getpid() != this:  # the code forked, and the child came back to us
            os._exit(0)
        end_of_logs(mark)
        answers.write(line + b"\n")
        answers.flush()

    def start():
        nonlocal call
        call = (action if kind == "action" else model)(folder, entry, *rest)
        return b'{"ok":true}'

    answer(attempt(folder, start))
    for line in requests:
        request = json.loads(line)
        os.environ.update(FLOW_KEY=request["key"], FLOW_ATTEMPT=str(request["attempt"]), FLOW_OUT=request["out"])
        os.chdir(folder)
        answer(attempt(folder, lambda: encode(call(request["value"]), request["result_max"])))


serve(*sys.argv[1:])
