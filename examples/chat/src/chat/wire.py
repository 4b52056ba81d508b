"""Events, as messages."""

from google.protobuf.timestamp_pb2 import Timestamp

from .gen.chat.v1 import chat_pb2
from .member import Event, Joined, Left, Missed, Refusal, Said
from .rooms import AlreadyAMember, Full, Invalid, NicknameTaken, NotAMember

REASON = {
    Invalid: chat_pb2.REFUSAL_REASON_INVALID,
    NotAMember: chat_pb2.REFUSAL_REASON_NOT_A_MEMBER,
    AlreadyAMember: chat_pb2.REFUSAL_REASON_ALREADY_A_MEMBER,
    NicknameTaken: chat_pb2.REFUSAL_REASON_NICKNAME_TAKEN,
    Full: chat_pb2.REFUSAL_REASON_FULL,
}


def response(event: Event) -> chat_pb2.ChatResponse:
    """One event."""
    message = chat_pb2.ChatResponse(
        request_id=event.request_id,
        room=event.room,
        nickname=event.nickname,
        sequence=event.sequence,
        time=Timestamp(seconds=event.time // 10**9, nanos=event.time % 10**9),
    )
    match event.what:
        case Joined(nicknames):
            message.joined.nicknames.extend(nicknames)
        case Said(text):
            message.said.text = text
        case Left():
            message.left.SetInParent()
        case Missed(count):
            message.missed.count = count
        case Refusal() as refusal:
            message.refused.reason = REASON[type(refusal)]
            message.refused.detail = str(refusal)
    return message
