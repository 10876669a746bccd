"""The errors of the fake Zalo: HTTP finds them all right, the code is in the content."""

from typing import Any

from starlette.responses import JSONResponse, Response

MESSAGES = {
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -201: "message is invalid!",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -220: "access_token is expired or removed",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or the last interaction expired",
    -233: "message type is invalid or not support",
    -235: "This API does not support this type of OA",
    -240: "MessageV2 API has been shut down",
    -242: "Invalid appsecret_proof provided",
}


def refused(code: int) -> Response:
    """Return an error of Zalo's: HTTP finds it all right."""
    return JSONResponse(error(code))


def error(code: int) -> dict[str, Any]:
    """Return the content of an error."""
    return {"error": code, "message": MESSAGES.get(code, "refused")}
