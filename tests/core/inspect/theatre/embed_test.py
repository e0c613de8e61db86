#!/usr/bin/env python3
# The script that makes one page of Tape Theatre's modules: what it keeps, what it refuses.
#
#   embed_test.py CORE/INSPECT/THEATRE   the folder of the modules; ends `N passed, N failed`
#
# No browser: what the page does in one is theatre_test.py's.
# Read before: embed.py. Read next: browser.py.

import base64
import os
import re
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True  # the tree stays as it is
folder = sys.argv[1]
sys.path.insert(0, folder)

import embed

MOST_BYTES = 80000
passed, problems = 0, []


def expect(condition, text):
    global passed
    if condition:
        passed += 1
    else:
        problems.append(text)


def refuses(modules, text):
    try:
        embed.joined(modules)
    except SystemExit as error:
        expect(text in str(error), f"refused with another message: {error}")
    else:
        expect(False, f"not refused: {text}")


def squeezes(source, wanted):
    got = embed.squeezed(source)
    expect(got == wanted, f"{source!r} became {got!r}, not {wanted!r}")


# Comments and space go; strings, templates and regular expressions stay, whatever is in them.
squeezes("const a = 1; // one\nconst b = a  +  2;\n", "const a=1;\nconst b=a+2;")
squeezes("const s = 'a // b', t = \"/* c */\";", "const s='a // b',t=\"/* c */\";")
squeezes("const r = x.replace(/\\/\\/ [/]/g, ' ');", "const r=x.replace(/\\/\\/ [/]/g,' ');")
squeezes("const q = a / b / c; // d", "const q=a/b/c;")
squeezes("const t = `a  ${ f(`b  ${c}`) }  // d`;", "const t=`a  ${ f(`b  ${c}`) }  // d`;")
squeezes("return - -x + +y;", "return- -x+ +y;")
squeezes("typeof x  in  y", "typeof x in y")
squeezes("if (a) {\n  b();\n}\nc();", "if(a){b();}\nc();")

# Order of imports, collisions, cycles, what is missing.
good = {"b.js": "import { a } from './a.js';\nexport const b = a + 1;\n",
        "a.js": "export const a = 1;\n"}
expect(embed.in_order(good) == ["a.js", "b.js"], "what is imported comes first")
expect("import" not in embed.joined(good) and "export" not in embed.joined(good),
       "imports and exports are taken out")
refuses({"a.js": "const same = 1;\n", "b.js": "function same() {}\n"},
        "a.js and b.js both define same")
refuses({"a.js": "import { b } from './b.js';\n", "b.js": "import { a } from './a.js';\n"},
        "import each other")
refuses({"a.js": "import { z } from './z.js';\n"}, "imports z.js, which was not given")

# The page itself.
files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
         if name.endswith((".js", ".css", ".html"))]
before, after = embed.page(files)
expect((before, after) == embed.page(list(reversed(files))), "the order of the files matters")
size = len((before + after).encode())
expect(size < MOST_BYTES, f"the page has {size} bytes; at most {MOST_BYTES}")
packed = re.search(r"packed = '([^']*)'", after)
script = zlib.decompress(base64.b64decode(packed[1])).decode()
expect(script in "".join(embed.page(files, plain=True)), "what is packed is the plain script")
expect(not re.search(r"https?://(?!www\.w3\.org/2000/svg)", before + script), "an address in it")
expect("default-src 'none'" in before, "no content policy")
cpp = embed.as_cpp(before, after)
pieces = re.findall(r'R"theatre\((.*?)\)theatre"', cpp, re.S)
expect("".join(pieces) == before + after, "the literals are the page")
expect(max(len(piece.encode()) for piece in pieces) < 65536, "a literal is too long")
with tempfile.TemporaryDirectory() as place:
    trace = os.path.join(place, "trace.json")
    with open(trace, "w", encoding="utf-8") as file:
        file.write('{"title": "</script>"}')
    whole = embed.with_traces(before, after, [embed.read(trace)] * 2)
expect(whole.count("\\u003c/script>") == 2 and 'id="trace2"' in whole, "traces are escaped")

print(f"the page has {size} bytes, {len(script.encode())} of script before packing")
for problem in problems:
    print("FAILED:", problem)
print(f"{passed} passed, {len(problems)} failed")
sys.exit(bool(problems))
