#include "turnpike/livekit/room_registry.hpp"

#include <unordered_set>

#include "turnpike/livekit/bound_user.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::int64_t kPrompt_s = 10;  // after that, another participant may have the identity: LiveKit repeats webhooks for 30 s
constexpr Duration kJoining = std::chrono::minutes(1);

bool is_prompt(const WebhookEvent& event, const Now& now) { return now.unix_s - event.created_unix_s <= kPrompt_s; }

}  // namespace

RoomRegistry::RoomRegistry(const RegistryOptions& options)
    : options_(options), present_(options.participants_max), gone_(options.bars_max), over_(options.rooms_max) {}

Outcome RoomRegistry::on_event(const WebhookEvent& event, const Now& now) {
  Outcome outcome;
  drop_old_bars(now);
  const UnixSeconds said = event.created_unix_s;
  const std::string bound_user = bound_user_id(event.room_name, event.identity);
  const Present participant = {said, event.room_sid, {event.room_name, event.identity}, bound_user};
  switch (event.meaning) {
    case Meaning::nothing: learn(event.participant_sid, participant, now, outcome); break;
    case Meaning::joined: join(event.participant_sid, participant, now, outcome); break;
    case Meaning::left: leave(event.participant_sid, said, is_prompt(event, now) ? bound_user : "", now, outcome); break;
    case Meaning::superseded: leave(event.participant_sid, said, "", now, outcome); break;
    case Meaning::room_over: end_room(event, now, outcome); break;
  }
  return outcome;
}

// When they joined is not known, so whatever is said of them counts more.
void RoomRegistry::learn(const std::string& sid, Present participant, const Now& now, Outcome& outcome) {
  if (sid.empty() || participant.room_sid.empty() || gone_.find(sid) != nullptr || present_.find(sid) != nullptr) return;
  participant.said_unix_s = 0;
  join(sid, std::move(participant), now, outcome);
}

void RoomRegistry::join(const std::string& sid, Present participant, const Now& now, Outcome& outcome) {
  const UnixSeconds said = participant.said_unix_s;
  if (const UnixSeconds* over = over_.find(participant.room_sid); over != nullptr && *over >= said) {
    return leave(sid, *over, "", now, outcome);
  }
  if (const Gone* gone = gone_.find(sid)) {
    if (gone->said_unix_s >= said) return;
    gone_.take(sid);
    outcome.lifted.push_back(sid);
  }
  if (const Present* present = present_.find(sid); present != nullptr && present->said_unix_s >= said) return;
  if (const auto before = present_.take(sid)) forget_bound(*before);  // perhaps of another room
  note_bound(sid, participant);
  if (const auto evicted = present_.put(sid, std::move(participant))) forget_bound(*evicted);
}

void RoomRegistry::leave(const std::string& sid, UnixSeconds said_unix_s, const std::string& bound_user, const Now& now, Outcome& outcome) {
  if (const Present* present = present_.find(sid); present != nullptr && present->said_unix_s > said_unix_s) return;
  if (const Gone* gone = gone_.find(sid); gone != nullptr && gone->said_unix_s >= said_unix_s) return;

  const TimePoint until = now.monotonic + options_.bar_life;
  outcome.revoked.push_back({sid, until});
  if (const auto evicted = gone_.put(sid, {said_unix_s, until})) outcome.lifted.push_back(evicted->key);

  const auto latest = sid_of_bound_.find(bound_user);
  if (!bound_user.empty() && (latest == sid_of_bound_.end() || latest->second == sid)) outcome.revoked.push_back({bound_user, {}});
  if (const auto taken = present_.take(sid)) forget_bound(*taken);
}

void RoomRegistry::end_room(const WebhookEvent& event, const Now& now, Outcome& outcome) {
  const UnixSeconds said = event.created_unix_s;
  if (const UnixSeconds* over = over_.find(event.room_sid); over != nullptr && *over >= said) return;
  over_.put(event.room_sid, said);
  std::vector<std::pair<std::string, std::string>> there;  // SID, bound user
  for (const auto& [sid, participant] : present_) {
    if (participant.room_sid == event.room_sid) there.emplace_back(sid, participant.bound_user);
  }
  for (const auto& [sid, bound_user] : there) leave(sid, said, is_prompt(event, now) ? bound_user : "", now, outcome);
}

Outcome RoomRegistry::reconcile(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s, std::span<const Relaying> relaying,
                                const Now& now) {
  Outcome outcome;
  drop_old_bars(now);
  std::unordered_set<std::string> here;  // SIDs and bound users
  for (const ListedRoom& room : rooms) {
    for (const ListedParticipant& participant : room.participants) {
      const std::string bound_user = bound_user_id(room.name, participant.identity);
      here.insert(participant.sid);
      here.insert(bound_user);
      learn(participant.sid, {0, room.sid, {room.name, participant.identity}, bound_user}, now, outcome);
    }
  }

  const UnixSeconds gone_by = asked_unix_s - 1;  // who joined within the second in which LiveKit was asked may have been too late for it
  std::vector<std::pair<std::string, std::string>> missing;
  for (const auto& [sid, participant] : present_) {
    if (!here.contains(sid)) missing.emplace_back(sid, here.contains(participant.bound_user) ? "" : participant.bound_user);
  }
  for (const auto& [sid, bound_user] : missing) leave(sid, gone_by, bound_user, now, outcome);

  for (const auto& [user_id, since] : relaying) {
    if (here.contains(user_id) || now.monotonic - since < kJoining) continue;
    if (user_id.starts_with(kParticipantPrefix)) leave(user_id, gone_by, "", now, outcome);
    if (user_id.starts_with(kBoundUserPrefix)) outcome.revoked.push_back({user_id, {}});
  }
  return outcome;
}

bool RoomRegistry::is_barred(std::string_view participant_sid, const Now& now) const {
  const Gone* gone = gone_.find(participant_sid);
  return gone != nullptr && gone->until > now.monotonic;
}

std::optional<Membership> RoomRegistry::find(std::string_view user_id) const {
  const auto bound = sid_of_bound_.find(std::string(user_id));
  const Present* present = present_.find(bound == sid_of_bound_.end() ? user_id : bound->second);
  return present == nullptr ? std::nullopt : std::optional(present->membership);
}

void RoomRegistry::note_bound(const std::string& sid, const Present& participant) {
  const auto [latest, is_new] = sid_of_bound_.try_emplace(participant.bound_user, sid);
  if (!is_new && present_.find(latest->second)->said_unix_s <= participant.said_unix_s) latest->second = sid;
}

void RoomRegistry::forget_bound(const AgeingMap<Present>::Entry& participant) {
  const auto latest = sid_of_bound_.find(participant.value.bound_user);
  if (latest != sid_of_bound_.end() && latest->second == participant.key) sid_of_bound_.erase(latest);
}

void RoomRegistry::drop_old_bars(const Now& now) {
  while (gone_.size() > 0 && gone_.begin()->value.until <= now.monotonic) gone_.take(gone_.begin()->key);
}

}  // namespace turnpike::livekit
