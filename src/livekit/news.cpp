#include "turnpike/livekit/news.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstddef>

#include "turnpike/json/strict_json.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::size_t kTextSizeMax = 8192;
constexpr std::size_t kMeanings = 6;
constexpr std::array<std::string_view, kMeanings> kMeaningNames{"nothing", "joined",     "left",
                                                                "removed", "superseded", "room_over"};

struct Text {
  std::string_view name;
  std::string WebhookEvent::*member;
};
constexpr Text kTexts[] = {{"id", &WebhookEvent::id},
                           {"event", &WebhookEvent::event},
                           {"room_sid", &WebhookEvent::room_sid},
                           {"room", &WebhookEvent::room_name},
                           {"sid", &WebhookEvent::participant_sid},
                           {"identity", &WebhookEvent::identity},
                           {"reason", &WebhookEvent::disconnect_reason}};

boost::json::object object_of(const WebhookEvent& event) {
  boost::json::object object{{"meaning", kMeaningNames[static_cast<std::size_t>(event.meaning)]},
                             {"said", event.created_unix_s}};
  for (const auto& [name, member] : kTexts) object[name] = event.*member;
  return object;
}

boost::json::object object_of(const Expectation& expectation) {
  boost::json::object object{{"expected", true},
                             {"room", expectation.membership.room_name},
                             {"identity", expectation.membership.identity}};
  if (expectation.issued_unix_s) object["said"] = *expectation.issued_unix_s;
  return object;
}

bool read_text(const boost::json::object& object, std::string_view name, std::string& text) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().size() > kTextSizeMax) return false;
  text = value->get_string();
  return true;
}

std::optional<UnixSeconds> read_said(const boost::json::object& object) {
  const boost::json::value* value = object.if_contains("said");
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<News> read_event(const boost::json::object& object) {
  WebhookEvent event;
  std::string meaning;
  const auto said = read_said(object);
  if (!said || *said < 0 || !read_text(object, "meaning", meaning)) return std::nullopt;
  event.created_unix_s = *said;
  for (const auto& [name, member] : kTexts) {
    if (!read_text(object, name, event.*member)) return std::nullopt;
  }
  for (std::size_t i = 0; i < kMeanings; ++i) {
    event.meaning = static_cast<Meaning>(i);
    if (kMeaningNames[i] == meaning) return event;
  }
  return std::nullopt;
}

}  // namespace

std::string write_news(const News& news) {
  return boost::json::serialize(std::visit([](const auto& each) { return object_of(each); }, news));
}

std::optional<News> read_news(std::string_view text) {
  const auto object = json::parse_object(text);
  if (!object) return std::nullopt;
  if (!object->contains("expected")) return read_event(*object);
  Expectation expectation{{}, read_said(*object)};
  if (!read_text(*object, "room", expectation.membership.room_name) ||
      !read_text(*object, "identity", expectation.membership.identity))
    return std::nullopt;
  return expectation;
}

}  // namespace turnpike::livekit
