"""A response with 21 header fields, made in as many calls of native code as each function says."""

from coachwhip import Response


def crossings_23():
    response = Response()
    headers = response.headers
    headers["x-field-1"] = "value of field 1"
    headers["x-field-2"] = "value of field 2"
    headers["x-field-3"] = "value of field 3"
    headers["x-field-4"] = "value of field 4"
    headers["x-field-5"] = "value of field 5"
    headers["x-field-6"] = "value of field 6"
    headers["x-field-7"] = "value of field 7"
    headers["x-field-8"] = "value of field 8"
    headers["x-field-9"] = "value of field 9"
    headers["x-field-10"] = "value of field 10"
    headers["x-field-11"] = "value of field 11"
    headers["x-field-12"] = "value of field 12"
    headers["x-field-13"] = "value of field 13"
    headers["x-field-14"] = "value of field 14"
    headers["x-field-15"] = "value of field 15"
    headers["x-field-16"] = "value of field 16"
    headers["x-field-17"] = "value of field 17"
    headers["x-field-18"] = "value of field 18"
    headers["x-field-19"] = "value of field 19"
    headers["x-field-20"] = "value of field 20"
    headers["x-field-21"] = "value of field 21"
    return response


def crossings_43():
    response = Response()
    response.headers["x-field-1"] = "value of field 1"
    response.headers["x-field-2"] = "value of field 2"
    response.headers["x-field-3"] = "value of field 3"
    response.headers["x-field-4"] = "value of field 4"
    response.headers["x-field-5"] = "value of field 5"
    response.headers["x-field-6"] = "value of field 6"
    response.headers["x-field-7"] = "value of field 7"
    response.headers["x-field-8"] = "value of field 8"
    response.headers["x-field-9"] = "value of field 9"
    response.headers["x-field-10"] = "value of field 10"
    response.headers["x-field-11"] = "value of field 11"
    response.headers["x-field-12"] = "value of field 12"
    response.headers["x-field-13"] = "value of field 13"
    response.headers["x-field-14"] = "value of field 14"
    response.headers["x-field-15"] = "value of field 15"
    response.headers["x-field-16"] = "value of field 16"
    response.headers["x-field-17"] = "value of field 17"
    response.headers["x-field-18"] = "value of field 18"
    response.headers["x-field-19"] = "value of field 19"
    response.headers["x-field-20"] = "value of field 20"
    response.headers["x-field-21"] = "value of field 21"
    return response


def one_call_of_a_dict():
    return Response(
        headers={
            "x-field-1": "value of field 1",
            "x-field-2": "value of field 2",
            "x-field-3": "value of field 3",
            "x-field-4": "value of field 4",
            "x-field-5": "value of field 5",
            "x-field-6": "value of field 6",
            "x-field-7": "value of field 7",
            "x-field-8": "value of field 8",
            "x-field-9": "value of field 9",
            "x-field-10": "value of field 10",
            "x-field-11": "value of field 11",
            "x-field-12": "value of field 12",
            "x-field-13": "value of field 13",
            "x-field-14": "value of field 14",
            "x-field-15": "value of field 15",
            "x-field-16": "value of field 16",
            "x-field-17": "value of field 17",
            "x-field-18": "value of field 18",
            "x-field-19": "value of field 19",
            "x-field-20": "value of field 20",
            "x-field-21": "value of field 21",
        }
    )


def one_call_of_pairs():
    return Response(
        headers=[
            ("x-field-1", "value of field 1"),
            ("x-field-2", "value of field 2"),
            ("x-field-3", "value of field 3"),
            ("x-field-4", "value of field 4"),
            ("x-field-5", "value of field 5"),
            ("x-field-6", "value of field 6"),
            ("x-field-7", "value of field 7"),
            ("x-field-8", "value of field 8"),
            ("x-field-9", "value of field 9"),
            ("x-field-10", "value of field 10"),
            ("x-field-11", "value of field 11"),
            ("x-field-12", "value of field 12"),
            ("x-field-13", "value of field 13"),
            ("x-field-14", "value of field 14"),
            ("x-field-15", "value of field 15"),
            ("x-field-16", "value of field 16"),
            ("x-field-17", "value of field 17"),
            ("x-field-18", "value of field 18"),
            ("x-field-19", "value of field 19"),
            ("x-field-20", "value of field 20"),
            ("x-field-21", "value of field 21"),
        ]
    )
