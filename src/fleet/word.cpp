#include "turnpike/fleet/word.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/fleet/fields.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWordSizeMax = 2048;
constexpr auto kLifeMax_ms =
    static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(kWordLifeMax).count());

}  // namespace

std::string_view to_string(Authority authority) {
  return authority == Authority::livekit ? "livekit" : "operators";
}

bool is_later(const Word& a, const Word& b) {
  return std::tie(a.said, a.is_bar, a.node_id) > std::tie(b.said, b.is_bar, b.node_id);
}

std::string write_word(const Word& word) {
  const auto life = std::clamp(std::chrono::duration_cast<milliseconds>(word.life).count(),
                               milliseconds::rep{1}, static_cast<milliseconds::rep>(kLifeMax_ms));
  return boost::json::serialize(boost::json::object{{"user", crypto::base64url_encode(word.user_id)},
                                                    {"authority", to_string(word.authority)},
                                                    {"bar", word.is_bar},
                                                    {"life_ms", life},
                                                    {"said", word.said},
                                                    {"node", word.node_id}});
}

Result<Word, RecordFault> read_word(std::string_view payload) {
  if (payload.size() > kWordSizeMax) return RecordFault::too_long;
  const auto object = json::parse_object(payload);
  if (!object) return RecordFault::malformed;
  Fields fields(*object);
  Word word;
  word.user_id = fields.bytes("user", kUserSizeMax, 1);
  const std::string authority = fields.text("authority", 16);
  word.authority = authority == "livekit" ? Authority::livekit : Authority::operators;
  word.is_bar = fields.flag("bar");
  word.life = milliseconds(fields.number("life_ms", kLifeMax_ms));
  word.said = fields.number("said", kSaidMax);
  word.node_id = fields.text("node", 32);
  if (!fields.is_good() || authority != to_string(word.authority) || !is_node_id(word.node_id) ||
      word.life <= Duration{})
    return RecordFault::malformed;
  return word;
}

}  // namespace turnpike::fleet
