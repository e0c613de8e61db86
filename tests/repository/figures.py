#!/usr/bin/env python3
# The figures of the house: how much a person must read, and where it is too much.
#
#   tests/repository/figures.py           prints all, each with its bound: "ok", "OVER" or "late"
#   tests/repository/figures.py --check   the same, and fails when one is over; a test
#
# Each figure is one promise to a reader: the engine is an afternoon, a question ("how does mul get
# its gradient?") is answered by the few files that are named here, imports run one way, every file
# is one idea. The bounds are those of now: layers/ may grow by 110 lines a new layer. Who raises
# one for another cause says why here: mul's path came to 1,340 lines when sources could stand in
# braces and each tape watched for itself, a layer's variables to 1,220 when penalties had owners
# and the frozen were told of, SGD's step to 905 when it told of a loss that is not the tape's, the
# separable convolution's to 452 when no extent wrapped any more. All of these grew a little when
# enums got names to print by, and empty braces one meaning. Those who look at a computation (a
# trace) cost mul's path 52, of them 24 for the attributes of ops, SGD's 7 and the convolution's 13.
# Read before: source_text.py, import_graph.py. Read next: read_next_test.py.

import collections
import statistics
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

import import_graph
from source_text import declarations, exists, lines_of, paths, text_of

CODE = {".h", ".cpp"}
ENGINE_FILES, ENGINE_LINES = 24, 2400
UNITS_IN_A_CYCLE = 2
BACKWARD_LOOP = ("core/backward_pass.cpp", "Pass::run", 15)
# ELU, InputLayer, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU; Average, Conv2DTranspose,
# Cropping2D, Embedding, GaussianNoise, LayerNormalization, Maximum, Minimum, Multiply, Permute,
# Rescaling, Subtract
LAYERS_LINES = 5700 + (7 + 12) * 110
COMMENTED = 0.10  # of an engine source's lines
LONG_FUNCTION = 15  # lines; a longer one says in a comment what it is about
LONG_FILE, LONG_TEST, COLUMNS = 300, 500, 100

# A question, lines and files at most, and the files in which a reader finds the answer, in their
# order. One that is not there is a failure, so that who moves it looks here.
QUESTIONS = [
    ("how mul gets its gradient", 1410, 10, """
        core/tensor.h core/operand.h core/ops/arithmetic.cpp core/ops/binary.h core/record.h
        core/node_list.h core/node_list.cpp core/tape.h core/tape.cpp core/backward_pass.cpp"""),
    ("how a layer gets its variables, from add_weight to trainable_variables", 1234, 12, """
        layers/base/layer.h layers/base/layer_variables.cpp layers/base/layer_options.h
        layers/base/layer_options.cpp layers/scope/get_variable.h layers/scope/get_variable.cpp
        layers/scope/scope.h layers/scope/scope.cpp core/variable.h core/variable.cpp
        core/runtime/named_function.h"""),
    ("how SGD steps and projects", 978, 10, """
        optim/sgd.h optim/sgd.cpp optim/one_pass.h optim/new_value.h optim/optimizer.h
        optim/optimizer.cpp
        core/variable.h core/runtime/named_function.h layers/functions/constraints.h
        layers/functions/constraints.cpp"""),
    ("separable convolution, from its definition to its gradients", 468, 6, """
        core/kernels/naive/naive_separable.h core/kernels/naive/naive_separable.cpp
        core/kernels/convolution/window.h core/ops/check_window.h
        core/ops/separable_convolution.h core/ops/separable_convolution.cpp"""),
]
# What is wanted and not reached yet: lines that are held until then, so that they can only fall.
# 6,190 before Keras's activations; what a step, a call and a config say and refuse is the rest, the
# last 95 tell of penalties that no layer has or that are no number, and of layers that a call keeps
# or makes anew, 86 more decide of which net a step is and what its layers' calls owe it, 48 refuse
# what is not finite and reach norms and bounds at the ends of a dtype's range, 160 keep penalties
# in that range and take updates back to their call; the twelve layers from Average to Subtract took
# 1,027, 86 each, and 3 let the options of Rescaling stand alone in braces; 84 read, write and look
# up a field once for each type, not in each layer's source; 35 tell a trace of calls, losses and
# updates; 400 copy a net and fold its batch normalizations, 19 cut convolutions into groups, 2
# hand a depthwise convolution its activation.
HELD = {"layers": 9132}
# Names that several folders have: what a user types. meson.build and README.md are not looked at.
COMMON_NAMES = {"run.sh"}

passed, failed = 0, 0


def figure(what, value, bound, details=(), held=0):
    """Prints one figure and, when it is over what is held, the lines that explain it."""
    global passed, failed
    over = value > max(bound, held)
    passed, failed = passed + (not over), failed + over
    word = "OVER" if over else "late" if value > bound else "ok"
    print(f"{word:4} {value:6} of {bound:5}  {what}")
    if over:
        for line in details:
            print(f"                       {line}")


def line_count(files):
    return sum(len(lines_of(path)) for path in files)


def line_of(path, place):
    return text_of(path).count("\n", 0, place) + 1


def functions_with_body(path):
    return [declared for declared in declarations(path)
            if declared.kind == "function" and declared.body]


def has_comment(path, function):
    """Whether a function is preceded by a comment or starts with one."""
    lines = lines_of(path)
    before = lines[line_of(path, function.begin) - 2]
    first = lines[line_of(path, function.body)]
    return any(line.strip().startswith("//") for line in (before, first))


def engine():
    files = [path for path in paths(CODE, ["core"]) if path.count("/") == 1]
    figure("files in the engine, core/ without its folders", len(files), ENGINE_FILES,
           [f"{len(lines_of(path)):5} {path}" for path in files])
    figure("lines in the engine", line_count(files), ENGINE_LINES)

    path, name, bound = BACKWARD_LOOP
    loops = [function for function in (functions_with_body(path) if exists(path) else [])
             if name in (function.name, f"{function.owner}::{function.name}")]
    for loop in loops:
        first, last = line_of(path, loop.body), line_of(path, loop.end) - 1
        print("\n".join(f"     {line}" for line in lines_of(path)[first:last]))
        figure(f"lines in the body of {name}, the backward loop", last - first, bound)
    figure(f"backward loops missing from {path}", 1 - len(loops), 0, [f"no {name} there"])

    bare, silent = [], []
    for path in files:
        if path.endswith(".cpp"):
            lines = lines_of(path)
            comments = sum(line.strip().startswith("//") for line in lines)
            if comments < COMMENTED * len(lines):
                bare.append(f"{path}: {comments} of {len(lines)} lines are comments")
            for function in functions_with_body(path):
                first, last = line_of(path, function.begin), line_of(path, function.end)
                if last - first + 1 > LONG_FUNCTION and not has_comment(path, function):
                    silent.append(f"{path}:{first}: {function.name}, {last - first + 1} lines")
    figure(f"engine sources with less than {COMMENTED:.0%} comments", len(bare), 0, bare)
    figure(f"engine functions above {LONG_FUNCTION} lines without a comment", len(silent), 0,
           silent)


def questions():
    for question, most_lines, most_files, files in QUESTIONS:
        files = files.split()
        print(f"\n{question}:")
        for path in files:
            print(f"     {len(lines_of(path)) if exists(path) else 'MISSING':>7} {path}")
        missing = [path for path in files if not exists(path)]
        figure("lines on this path", line_count(set(files) - set(missing)), most_lines,
               held=HELD.get(question, 0))
        figure("files on this path", len(files), most_files)
        figure("of them missing", len(missing), 0, missing)


def directions():
    cycles = list(import_graph.cycles())
    knots = [line for units, ties in cycles if len(units) > UNITS_IN_A_CYCLE
             for line in [f"{len(units)} units: {' '.join(units)}", *ties]]
    figure("units of core/ in one cycle of includes", len(cycles[0][0]), UNITS_IN_A_CYCLE, knots)
    wrong = import_graph.wrong_imports()
    figure("includes that run the wrong way", len(wrong), 0, wrong)


def sizes():
    folders = collections.defaultdict(list)
    for path in paths(CODE):
        folders[path.rpartition("/")[0]].append(len(lines_of(path)))
    print("\nfolder                          files  lines  median")
    for folder, counts in folders.items():
        print(f"{folder:30} {len(counts):6} {sum(counts):6} {statistics.median_high(counts):7}")
    print("longest:")
    for path in sorted(paths(CODE), key=lambda path: -len(lines_of(path)))[:8]:
        print(f"{len(lines_of(path)):6} {path}")

    layers = [path for path in paths(CODE, ["layers"]) if not path.startswith("layers/scope/")]
    figure("lines in layers/ without layers/scope/", line_count(layers), LAYERS_LINES,
           held=HELD["layers"])
    long, wide, names = [], [], collections.defaultdict(list)
    for path in paths(CODE | {".build", ".py", ".sh"}):
        lines = lines_of(path)
        limit = LONG_TEST if path.startswith("tests/") else LONG_FILE
        if len(lines) > limit and "300 lines" not in "\n".join(lines[:20]):
            long.append(f"{path} has {len(lines)} lines, and its header gives no reason")
        wide += [f"{path}:{number}: {len(line)} columns" for number, line in enumerate(lines, 1)
                 if len(line) > COLUMNS]
        if not path.endswith(".build"):
            names[path.rpartition("/")[2]].append(path)
    figure(f"files above {LONG_FILE} lines (tests {LONG_TEST}) without a reason", len(long), 0,
           long)
    figure(f"lines above {COLUMNS} columns", len(wide), 0, wide)
    unbuilt = [path for path in paths({".cpp"}, ["tests"]) if path.endswith("_test.cpp")
               and f"'{path.removeprefix('tests/')}'" not in text_of("tests/meson.build")]
    figure("files of tests that tests/meson.build does not name", len(unbuilt), 0, unbuilt)
    twice = [" and ".join(some) for name, some in names.items()
             if len(some) > 1 and name not in COMMON_NAMES]
    figure("names that two files have", len(twice), 0, twice)


engine()
directions()
questions()
sizes()
print(f"{passed} passed, {failed} failed")
sys.exit("--check" in sys.argv and failed > 0)
