#include "turnpike/livekit/server_api.hpp"

#include <boost/json.hpp>
#include <unordered_set>

#include "turnpike/json/strict_json.hpp"

namespace turnpike::livekit {
namespace {

using json::read_member;

constexpr std::int64_t kTokenLife_s = 600;

ApiRequest request(std::string_view method, const boost::json::object& grants,
                   const boost::json::object& body, std::string_view api_key, std::string_view secret,
                   UnixSeconds now_unix_s) {
  const boost::json::object claims = {
      {"iss", api_key}, {"exp", now_unix_s + kTokenLife_s}, {"video", grants}};
  return {"/twirp/livekit.RoomService/" + std::string(method), "Bearer " + sign_access_token(claims, secret),
          boost::json::serialize(body)};
}

// The list of objects that an answer consists of; LiveKit writes it even if it is empty. Each is read into a
// T of its own, unless `read` refuses.
template <class T, class Read>
std::optional<std::vector<T>> read_list(std::string_view body, std::string_view name, Read read) {
  const auto answer = json::parse_object(body);
  const boost::json::value* list = answer ? answer->if_contains(name) : nullptr;
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<T> all;
  for (const boost::json::value& element : list->get_array()) {
    if (!element.is_object() || !read(element.get_object(), all.emplace_back())) return std::nullopt;
  }
  return all;
}

}  // namespace

ApiRequest list_rooms(std::string_view api_key, std::string_view secret, UnixSeconds now_unix_s) {
  return request("ListRooms", {{"roomList", true}}, {}, api_key, secret, now_unix_s);
}

ApiRequest list_participants(std::string_view room_name, std::string_view api_key, std::string_view secret,
                             UnixSeconds now_unix_s) {
  return request("ListParticipants", {{"roomAdmin", true}, {"room", room_name}}, {{"room", room_name}},
                 api_key, secret, now_unix_s);
}

std::optional<std::vector<ListedRoom>> read_rooms(std::string_view body) {
  return read_list<ListedRoom>(body, "rooms", [](const boost::json::object& from, ListedRoom& room) {
    return read_member(from, "sid", room.sid) && read_member(from, "name", room.name) && !room.sid.empty() &&
           !room.name.empty();
  });
}

std::optional<std::vector<ListedParticipant>> read_participants(std::string_view body) {
  auto all = read_list<ListedParticipant>(
      body, "participants", [](const boost::json::object& from, ListedParticipant& participant) {
        std::string state;
        const bool is_read = read_member(from, "sid", participant.sid) &&
                             read_member(from, "identity", participant.identity) &&
                             read_member(from, "state", state) && !participant.sid.empty();
        if (state == "DISCONNECTED") participant.sid.clear();
        return is_read;
      });
  if (all) std::erase_if(*all, [](const ListedParticipant& participant) { return participant.sid.empty(); });
  return all;
}

void drop_sids_of_ended(std::vector<ListedRoom>& rooms, const std::vector<ListedRoom>& after) {
  std::unordered_set<std::string_view> sids;
  for (const ListedRoom& room : after) sids.insert(room.sid);
  for (ListedRoom& room : rooms) {
    if (!sids.contains(room.sid)) room.sid.clear();
  }
}

}  // namespace turnpike::livekit
