#!/usr/bin/python3
"""Writes seed corpora for the fuzz targets: small inputs of every shape, made by hand or by the program.

seeds.py PROGRAM CONFIGS DIRECTORY: writes DIRECTORY/TARGET/NUMBER for each target. CONFIGS: the folder config/.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

HOST = b"Host: localhost\r\n"
SAMPLE = b'{"features":[1,2],"label":"a"}'


def request(method, path, body=b"", fields=b"", version=b"1.1"):
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return method + b" " + path + b" HTTP/" + version + b"\r\n" + HOST + fields + length + b"\r\n" + body


def http():
    as_json = b"Content-Type: application/json\r\n"
    for path in (b"/", b"/livez", b"/readyz", b"/metrics", b"/v1/model", b"/openapi.json", b"/v2", b"/v2/health/live",
                 b"/v2/models/altmind", b"/no%20thing?a=b&c"):
        yield request(b"GET", path)
    yield request(b"HEAD", b"/v1/model") * 3
    yield request(b"POST", b"/v1/ingest", SAMPLE, as_json)
    yield request(b"POST", b"/v1/ingest", SAMPLE + b"\n" + SAMPLE, b"Content-Type: application/x-ndjson\r\n")
    yield request(b"POST", b"/v1/ingest", b"[" + SAMPLE + b"]", as_json + b"Idempotency-Key: k1\r\n") * 2
    yield request(b"POST", b"/v1/predict", b'{"features":[1,2]}', as_json)
    yield request(b"POST", b"/v1/predict", b'[{"features":[1,2],"id":"x"},{"features":[3]}]', as_json)
    infer = {"id": "1", "inputs": [{"name": "input", "shape": [2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]}]}
    yield request(b"POST", b"/v2/models/altmind/infer", json.dumps(infer).encode(), as_json)
    yield request(b"POST", b"/v1/admin/checkpoint", fields=b"Content-Length: 0\r\n")
    yield request(b"POST", b"/v1/admin/consolidate", fields=b"Content-Length: 0\r\n")
    chunks = b"8\r\n" + SAMPLE[:8] + b"\r\n%x;a=b\r\n" % len(SAMPLE[8:]) + SAMPLE[8:] + b"\r\n0\r\nT: x\r\n\r\n"
    yield request(b"POST", b"/v1/ingest", fields=as_json + b"Transfer-Encoding: chunked\r\n") + chunks
    yield request(b"POST", b"/v1/ingest", SAMPLE, as_json + b"Expect: 100-continue\r\n")
    yield request(b"GET", b"/livez", fields=b"Connection: close\r\n")
    yield request(b"GET", b"/livez", version=b"1.0")
    yield b"GET / HTTP/1.1\r\n\r\n"
    yield b"GET / HTTP/1.1\nHost: a\n\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield request(b"POST", b"/v1/ingest", fields=b"Content-Length: -1\r\n")
    yield request(b"POST", b"/v1/ingest", fields=b"Transfer-Encoding: gzip\r\n")
    yield request(b"POST", b"/v1/ingest", fields=b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")


def lines():
    yield SAMPLE + b"\n"
    yield SAMPLE + b"\r\n\n" + b'{"label":"b","features":[1e-3,-2.5E4]}\n'
    yield b'{"features":[1,2],"label":"\\u00e9\\ud83d\\ude00"}\n'
    yield b'{"features":{"a":1,"b":"x","c":null},"label":"b"}\n'
    yield b'{"features":[1,null],"label":1}\n[]\n{"features":[1,2]}\nnull\n{"a":\n'
    yield b'{"features":[1,2,3],"label":0.5}\n{"features":[1,2,3],"label":1e300}\n'
    yield b'\xef\xbb\xbf{"features":[1,2,3],"label":0}\n'


def tcp():
    yield from lines()
    yield b'{"stream":"s1"}\n' + SAMPLE + b"\n" + SAMPLE + b"\n"
    yield b'{"stream":"s1"}\n{"stream":"s2"}\n'


def with_choices(texts):
    for text in texts:
        for choice in range(8):
            yield bytes([choice]) + text


def csv():
    yield from with_choices([
        b"1,2,3,a\n4,5,6,b\n",
        b'a,b,c,label\n1,2,3,"x, ""y"""\n,NA,?,z\n',
        b"\xef\xbb\xbfa;b;c;label\r\n1,5;2;3;x\r\n",
        b"1e5,-.5,+1.,0\nnan,inf,1,2\n\n1,2\n1,2,3,4,5\n",
        b'a,b,c,label\n"1","two\nlines",3,x',
    ])


def libsvm():
    yield from with_choices([
        b"1 1:0.5 3:2\n-1 2:1e-3 # comment\n",
        b"+1 qid:3 1:1\n0 3:1 1:2\n1 0:1\n",
        b"1,2 1:1\n2 1:1 1:2\n1 9:1\n\n",
    ])


def vw():
    yield from with_choices([
        b"1 |a:1 x |b cat\n-1 'tag|a x:0.5\n",
        b"2 1.0 |a a:3 |b^c d |c name\n",
        b"1 0.5 |a\n1:2 |a\n|a x\n",
    ])


def idx():
    images = struct.pack(">IIII", 0x803, 2, 2, 2) + bytes(range(8))
    labels = struct.pack(">II", 0x801, 2) + bytes([0, 2])
    yield struct.pack("<H", len(images)) + images + labels
    yield struct.pack("<H", len(images)) + images + labels[:-1]
    short = struct.pack(">IIIB", 0x803, 0xFFFFFFFF, 0xFFFF, 1)
    yield struct.pack("<H", len(short)) + short + labels


def toml(configs):
    for file in sorted(configs.glob("*.toml")):
        yield file.read_bytes()
    yield b'[model]\ninputs = 2\nmax_classes = 2\n[features]\ncolumn = [{name = "a", missing = "flag"}, {name = "b"}]\n'


def stores(program):
    """Returns checkpoints and journal segments of small models."""
    checkpoints, segments = [], []
    settings = [
        ('labels = "named"\nmax_classes = 3\ninputs = 2', SAMPLE),
        ("max_classes = 2\ninputs = 2", b'{"features":[1,2.5],"label":1}'),
        ('task = "regression"\noutputs = 1\ninputs = 2', b'{"features":[1,200],"label":0.5}'),
    ]
    for model, sample in settings:
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / "samples").write_bytes((sample + b"\n") * 25)
            (scratch / "c.toml").write_text(
                f"[model]\n{model}\nhidden = [2]\n[learning]\nbatch_size = 10\n[[source]]\ntype = \"file\"\n"
                f"path = \"{scratch}/samples\"\n[store]\ndirectory = \"{scratch}/data\"\n")
            subprocess.run([program, "learn", "--journal", "-c", scratch / "c.toml"], check=True, capture_output=True)
            checkpoints += [file.read_bytes() for file in (scratch / "data").rglob("*.safetensors")]
            segments += [file.read_bytes() for file in (scratch / "data" / "journal").iterdir()]
    assert checkpoints and segments
    return checkpoints, [bytes([choice]) + segment for segment in segments for choice in range(2)]


def main():
    program, configs, directory = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    checkpoints, segments = stores(program)
    corpora = {"http": http(), "tcp": tcp(), "csv": csv(), "ndjson": with_choices(lines()), "libsvm": libsvm(),
               "vw": vw(), "idx": idx(), "toml": toml(configs), "checkpoint": checkpoints, "journal": segments}
    for target, inputs in corpora.items():
        folder = directory / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / f"seed-{number:03}").write_bytes(data)


main()
