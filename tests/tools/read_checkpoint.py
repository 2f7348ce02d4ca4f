"""Prints an altmind checkpoint as JSON: metadata, and dtype, shape and values of every tensor."""
import json
import sys

import numpy

DTYPES = {"U8": "u1", "U32": "<u4", "U64": "<u8", "F32": "<f4", "F64": "<f8"}
data = open(sys.argv[1], "rb").read()
begin = 8 + int.from_bytes(data[:8], "little")
header = json.loads(data[8:begin])
result = {"metadata": header.pop("__metadata__"), "tensors": {}}
for name, entry in header.items():
    first, last = entry["data_offsets"]
    array = numpy.frombuffer(data[begin + first:begin + last], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    result["tensors"][name] = {"dtype": str(array.dtype), "shape": array.shape, "values": array.tolist()}
json.dump(result, sys.stdout)
