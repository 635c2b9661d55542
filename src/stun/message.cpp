// The one pass over a message, and look-ups in it.
#include "turnpike/stun/message.hpp"

#include <algorithm>

#include "turnpike/stun/integrity.hpp"

namespace turnpike::stun {
namespace {

constexpr std::size_t kFingerprintSize = 4 + 4;  // always the last bytes of the message

}  // namespace

Result<MessageView, ParseError> MessageView::parse(Bytes datagram) {
  if (datagram.size() < kHeaderSize) return ParseError::too_short;
  if (datagram[0] > 3) return ParseError::top_bits_set;
  if (load_be32(&datagram[4]) != kMagicCookie) return ParseError::bad_cookie;
  const std::size_t length = load_be16(&datagram[2]);
  if (length % 4 != 0 || kHeaderSize + length != datagram.size()) return ParseError::bad_length;

  MessageView view(datagram);
  // Length is a multiple of 4 and so is every step: a 4-byte attribute header always fits.
  for (std::size_t at = kHeaderSize; at < datagram.size();) {
    const std::size_t end = at + 4 + padded4(load_be16(&datagram[at + 2]));
    if (end > datagram.size()) return ParseError::attribute_overruns;
    if (const auto error = view.note(at)) return *error;
    at = end;
  }
  return view;
}

std::optional<ParseError> MessageView::note(std::size_t offset) {
  const Attribute attribute = attribute_at(offset);
  switch (attribute.type) {
    case Attr::message_integrity:
      if (has_integrity()) return std::nullopt;
      sha1_at_ = offset;
      break;
    case Attr::message_integrity_sha256:
      if (sha256_at_ != 0) return std::nullopt;
      sha256_at_ = offset;
      break;
    case Attr::fingerprint:
      if (attribute.value.size() != 4 || offset + kFingerprintSize != bytes_.size())
        return ParseError::bad_fingerprint;
      if (load_be32(attribute.value.data()) != stun::fingerprint(bytes_.first(offset)))
        return ParseError::bad_fingerprint;
      fingerprint_ = true;
      break;
    default: return std::nullopt;
  }
  counted_end_ = std::min(counted_end_, offset);
  return std::nullopt;
}

TransactionId MessageView::transaction_id() const {
  TransactionId id;
  std::ranges::copy(bytes_.subspan(8, id.size()), id.begin());
  return id;
}

Attribute MessageView::attribute_at(std::size_t offset) const {
  const std::uint8_t* header = &bytes_[offset];
  return {static_cast<Attr>(load_be16(header)), bytes_.subspan(offset + 4, load_be16(header + 2))};
}

std::optional<Bytes> MessageView::find(Attr type) const {
  switch (type) {
    case Attr::message_integrity:
      return sha1_at_ != 0 ? std::optional(attribute_at(sha1_at_).value) : std::nullopt;
    case Attr::message_integrity_sha256:
      return sha256_at_ != 0 ? std::optional(attribute_at(sha256_at_).value) : std::nullopt;
    case Attr::fingerprint: return fingerprint_ ? std::optional(bytes_.last(4)) : std::nullopt;
    default: break;
  }
  for (std::size_t at = kHeaderSize; at < counted_end_;) {
    const Attribute attribute = attribute_at(at);
    if (attribute.type == type) return attribute.value;
    at += 4 + padded4(attribute.value.size());
  }
  return std::nullopt;
}

}  // namespace turnpike::stun
