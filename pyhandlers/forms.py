"""Forms: fields and files of a page, and the cookies that a browser sends back."""

from coachwhip import HTTPError, Request, Response, Upload, get, post


@get("/forms/page")
def page() -> Response:
    fields = '<input name="name"><input type="file" name="picture"><button>Send</button>'
    text = f'<form method="post" action="/forms/send" enctype="multipart/form-data">{fields}</form>'
    return Response(text, content_type="text/html; charset=utf-8")


@post("/forms/send")
def send(request: Request) -> Response:
    """Takes both kinds of forms; what is neither, or broken, is answered by `form()` itself."""
    form = request.form()
    name, picture = form.get("name"), form.get("picture")
    if not isinstance(name, str):
        raise HTTPError(422, "the field name is missing")
    # `data` is the server's own buffer: nothing is copied to count it.
    size = len(picture.data) if isinstance(picture, Upload) else 0
    response = Response.json({"name": name, "picture": size}, status=201)
    response.set_cookie("seen", "yes")
    return response


@get("/forms/seen")
def seen(request: Request) -> bool:
    return request.cookies.get("seen") == "yes"
