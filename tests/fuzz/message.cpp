// Fuzz harness: arbitrary bytes as a STUN datagram.
#include "turnpike/stun/message.hpp"

#include <algorithm>
#include <vector>

#include "harness.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/framing.hpp"

using namespace turnpike;
using fuzz::require;

namespace {

// Reads `value` as everything it could be; an address that can be read must survive being written.
void check_value(Bytes value, const stun::TransactionId& id) {
  stun::read_u32(value);
  stun::read_channel_number(value);
  stun::read_u8_of_4(value);
  stun::read_even_port(value);
  const int code = stun::read_error_code(value).value_or(300);
  require(code >= 300 && code <= 699, "error codes are 300 to 699");
  if (const auto endpoint = stun::read_xor_address(value, id)) {
    std::uint8_t written[20];
    require(stun::write_xor_address(written, *endpoint, id) == value.size(), "an address keeps its size");
    require(std::equal(value.begin() + 1, value.end(), written + 1), "an address is written as it was read");
  }
}

void check_attributes(const stun::MessageView& view) {
  std::size_t end = stun::kHeaderSize;
  view.for_each([&](const stun::Attribute& attribute) {
    require(fuzz::lies_within(attribute.value, view.bytes()), "an attribute lies within the message");
    require(attribute.value.data() == view.bytes().data() + end + 4, "no attribute is skipped");
    end += 4 + padded4(attribute.value.size());
    const auto found = view.find(attribute.type);
    require(found && found->data() <= attribute.value.data(), "find() gives the first one");
    check_value(attribute.value, view.transaction_id());
  });
  for (const auto type :
       {stun::Attr::message_integrity, stun::Attr::message_integrity_sha256, stun::Attr::fingerprint}) {
    const auto value = view.find(type);
    if (!value) continue;
    require(fuzz::lies_within(*value, view.bytes()), "an integrity attribute lies within the message");
    require(value->data() >= view.bytes().data() + end + 4,
            "an integrity attribute stands behind those that count");
  }
}

// What counts, written anew and signed, is accepted and counts again.
void check_rebuilt(const stun::MessageView& view) {
  const Bytes key = as_bytes("key");
  std::vector<std::uint8_t> buffer(view.bytes().size() + 24 + 36 + 8);
  stun::MessageBuilder builder(buffer, view.method(), view.cls(), view.transaction_id());
  view.for_each([&](const stun::Attribute& attribute) { builder.add(attribute.type, attribute.value); });
  const std::size_t counted_size = builder.bytes().size();
  builder.add_integrity_sha1(key).add_integrity_sha256(key).add_fingerprint();
  const auto again = stun::MessageView::parse(builder.bytes());
  require(again.has_value(), "what was built is accepted");
  if (builder.overflowed()) return;
  require(again->type() == view.type() && again->integrity_sha1_at() == counted_size,
          "what was built is what was read");
  require(verify_sha1(*again, key) && verify_sha256(*again, key), "what was signed verifies");
}

void check(Bytes input) {
  const auto view = stun::MessageView::parse(input);
  if (!view) return;
  const auto frame = stun::next_frame(input, false);
  require(frame && *frame && (*frame)->size == input.size(), "a stream has the same message");
  require(!verify(*view, as_bytes("a key that nobody has")), "nobody's key does not verify");
  check_attributes(*view);
  check_rebuilt(*view);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({data, size});
  if (size < stun::kHeaderSize) return 0;
  // Few inputs get past Length, cookie and CRC by chance: try again with these put right.
  std::vector<std::uint8_t> repaired(data, data + size);
  repaired.resize(std::min(repaired.size() & ~std::size_t{3}, stun::kFrameMax));
  repaired[0] &= 3;
  store_be16(&repaired[2], static_cast<std::uint16_t>(repaired.size() - stun::kHeaderSize));
  store_be32(&repaired[4], stun::kMagicCookie);
  if (!std::ranges::equal(repaired, Bytes{data, size})) check(repaired);
  if (repaired.size() < stun::kHeaderSize + 8) return 0;
  const std::size_t end = repaired.size() - 8;
  store_be32(&repaired[end], 0x80280004);
  store_be32(&repaired[end + 4], stun::fingerprint(Bytes{repaired}.first(end)));
  check(repaired);
  return 0;
}
