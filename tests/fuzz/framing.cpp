// Fuzz harness: arbitrary bytes as they come from a stream.
#include "turnpike/stun/framing.hpp"

#include "harness.hpp"

using namespace turnpike;
using fuzz::require;

namespace {

using FrameResult = Result<std::optional<stun::Frame>, stun::FrameError>;

bool is_same(const FrameResult& a, const FrameResult& b) {
  if (a.has_error() || b.has_error()) return a.has_error() == b.has_error();
  if (!a->has_value() || !b->has_value()) return a->has_value() == b->has_value();
  return (*a)->size == (*b)->size && (*a)->wire_size == (*b)->wire_size;
}

// Each prefix is waited for until there is a verdict, which more bytes never change (S14).
void check_front(Bytes input, bool rfc5766) {
  const FrameResult whole = stun::next_frame(input, rfc5766);
  for (std::size_t size = 0; size < input.size() && size < 24; ++size) {
    const FrameResult part = stun::next_frame(input.first(size), rfc5766);
    const bool waits = part.has_value() && !part->has_value();
    require(waits ? size < 8 : is_same(part, whole), "a verdict comes with the header and stays");
  }
  if (!whole || !*whole) return;
  const stun::Frame frame = **whole;
  const std::size_t header = input[0] <= 3 ? 20 : 4;
  require(frame.size == header + load_be16(&input[2]), "the size is the one in the header");
  require(frame.wire_size >= frame.size && frame.wire_size - frame.size <= 3 && frame.wire_size % 4 == 0,
          "padding goes up to 4");
  require(frame.wire_size <= stun::kFrameMax, "no frame is larger than the limit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool rfc5766 : {false, true}) {
    for (Bytes rest{data, size};;) {
      check_front(rest, rfc5766);
      const FrameResult frame = stun::next_frame(rest, rfc5766);
      if (!frame || !*frame || (*frame)->wire_size > rest.size()) break;
      rest = rest.subspan((*frame)->wire_size);
    }
  }
  return 0;
}
