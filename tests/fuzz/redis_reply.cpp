// Fuzz harness: what a Redis server sends, in pieces of any size. A '|' stands for the end of a line, so that
// a seed is one line.
#include <algorithm>
#include <string>
#include <vector>

#include "harness.hpp"
#include "turnpike/redis/reader.hpp"

namespace {

using namespace turnpike;
using fuzz::require;
using fuzz::with_line_ends;

constexpr redis::ReplyLimits kLimits{.bytes_max = 200, .line_bytes_max = 50, .elements_max = 30};

// Arrays within it, itself included.
std::size_t depth_of(const redis::Reply& reply) {
  std::size_t depth = 0;
  for (const redis::Reply& element : reply.elements) depth = std::max(depth, depth_of(element));
  return reply.is_array() ? depth + 1 : 0;
}

std::size_t count(const redis::Reply& reply) {
  std::size_t elements = reply.elements.size();
  for (const redis::Reply& element : reply.elements) elements += count(element);
  return elements;
}

struct Story {
  std::vector<redis::Reply> replies;
  std::string_view fault = "none";
  bool operator==(const Story&) const = default;
};

Story read_all(std::string_view text, std::size_t size) {
  redis::Reader reader(kLimits);
  Story story;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, size);
    text.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t before = piece.size();
      const auto reply = reader.read(piece);
      if (!reply) {
        story.fault = words(reply.error());
        return story;
      }
      require(piece.size() < before, "something is taken");
      require(*reply || piece.empty(), "without a reply all is taken");
      if (*reply) story.replies.push_back(**reply);
    }
  }
  return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = with_line_ends(as_text({data, size}));
  const Story whole = read_all(text, text.size());
  require(read_all(text, 1) == whole && read_all(text, 7) == whole, "pieces make no difference");
  for (const redis::Reply& reply : whole.replies) {
    require(depth_of(reply) <= redis::ReplyLimits::kDepthMax, "a reply is not too deep");
    require(count(reply) <= kLimits.elements_max, "a reply has not too many elements");
    require(reply.text.size() <= kLimits.bytes_max, "a reply is not too large");
  }
  return 0;
}
