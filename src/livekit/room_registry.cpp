#include "turnpike/livekit/room_registry.hpp"

#include <algorithm>

#include "turnpike/livekit/bound_user.hpp"

namespace turnpike::livekit {
namespace {

constexpr Duration kJoining = std::chrono::minutes(1);

}  // namespace

RoomRegistry::RoomRegistry(const RegistryOptions& options)
    : options_(options),
      present_(options.participants_max),
      gone_(options.bars_max),
      removed_(options.bars_max),
      over_(options.rooms_max),
      expected_(options.participants_max) {}

Outcome RoomRegistry::on_event(const WebhookEvent& event, const Now& now) {
  Outcome outcome;
  drop_old_bars(now);
  const UnixSeconds said = event.created_unix_s;
  const std::string bound_user = bound_user_id(event.room_name, event.identity);
  const Present participant = {said, event.room_sid, {event.room_name, event.identity}, bound_user};
  switch (event.meaning) {
    case Meaning::nothing: learn(event.participant_sid, participant, now, outcome); break;
    case Meaning::joined: join(event.participant_sid, participant, now, outcome); break;
    case Meaning::left:
    case Meaning::removed:
      leave(event.participant_sid,
            {said, bound_user, false, participant.membership, event.meaning == Meaning::removed}, now,
            outcome);
      break;
    case Meaning::superseded:
      leave(event.participant_sid, {said, "", false, participant.membership}, now, outcome);
      break;
    case Meaning::room_over: end_room(event, now, outcome); break;
  }
  return outcome;
}

// When they joined is not known, so whatever is said of them counts more.
void RoomRegistry::learn(const std::string& sid, Present participant, const Now& now, Outcome& outcome) {
  if (sid.empty() || participant.room_sid.empty() || gone_.find(sid) != nullptr ||
      present_.find(sid) != nullptr)
    return;
  participant.said_unix_s = 0;
  join(sid, std::move(participant), now, outcome);
}

void RoomRegistry::join(const std::string& sid, Present participant, const Now& now, Outcome& outcome) {
  const UnixSeconds said = participant.said_unix_s;
  if (const UnixSeconds* over = over_.find(participant.room_sid); over != nullptr && *over >= said) {
    return leave(sid, {*over, ""}, now, outcome);
  }
  if (const Gone* gone = gone_.find(sid)) {
    if (gone->said_unix_s >= said) return;
    gone_.take(sid);
    outcome.lifted.push_back(sid);
  }
  if (const Present* present = present_.find(sid); present != nullptr && present->said_unix_s >= said) return;
  lift_bound(participant.bound_user, said, outcome);
  if (const auto before = present_.take(sid)) forget_bound(*before);  // perhaps of another room
  note_bound(sid, participant);
  if (const auto evicted = present_.put(sid, std::move(participant))) forget_bound(*evicted);
}

void RoomRegistry::leave(const std::string& sid, const Leaving& leaving, const Now& now, Outcome& outcome) {
  auto [said, bound_user, by_absence, was, is_removal] = leaving;
  if (const Present* present = present_.find(sid); present != nullptr && present->said_unix_s > said) return;
  if (const Gone* gone = gone_.find(sid)) {
    if (gone->said_unix_s >= said && !gone->by_absence) return;
    said = std::max(said, gone->said_unix_s);
  }

  const TimePoint until = now.monotonic + options_.bar_life;
  const auto taken = present_.take(sid);
  if (taken) was = taken->value.membership;
  outcome.revoked.push_back({sid, until, was});
  if (const auto evicted = gone_.put(sid, {said, until, by_absence})) outcome.lifted.push_back(evicted->key);

  end_bound(sid, {said, bound_user, by_absence, was, is_removal}, outcome);
  if (taken) forget_bound(*taken);
}

// Unless it is somebody else by now: another participant, or one who comes with a token that was issued
// later. For a removal there is no end of the bar: nobody knows how long the token lives.
void RoomRegistry::end_bound(const std::string& sid, const Leaving& leaving, Outcome& outcome) {
  const std::string& bound_user = leaving.bound_user;
  if (bound_user.empty()) return;
  const auto latest = sid_of_bound_.find(bound_user);
  if (latest != sid_of_bound_.end() && latest->second != sid) return;
  const Expected* expected = expected_.find(bound_user);
  if (expected != nullptr && expected->issued_unix_s > leaving.said_unix_s) return;
  expected_.take(bound_user);
  if (!leaving.is_removal) return outcome.revoked.push_back({bound_user, {}, leaving.was});
  outcome.revoked.push_back({bound_user, TimePoint::max(), leaving.was});
  if (const auto evicted = removed_.put(bound_user, leaving.said_unix_s))
    outcome.lifted.push_back(evicted->key);
}

void RoomRegistry::lift_bound(const std::string& bound_user, UnixSeconds said_unix_s, Outcome& outcome) {
  const UnixSeconds* removed = removed_.find(bound_user);
  if (removed == nullptr || *removed > said_unix_s) return;
  removed_.take(bound_user);
  outcome.lifted.push_back(bound_user);
}

void RoomRegistry::end_room(const WebhookEvent& event, const Now& now, Outcome& outcome) {
  const UnixSeconds said = event.created_unix_s;
  if (const UnixSeconds* over = over_.find(event.room_sid); over != nullptr && *over >= said) return;
  over_.put(event.room_sid, said);
  std::vector<std::pair<std::string, std::string>> there;  // SID, bound user
  for (const auto& [sid, participant] : present_) {
    if (participant.room_sid == event.room_sid) there.emplace_back(sid, participant.bound_user);
  }
  for (const auto& [sid, bound_user] : there) leave(sid, {said, bound_user}, now, outcome);
}

std::unordered_set<std::string> RoomRegistry::see(const std::vector<ListedRoom>& rooms,
                                                  UnixSeconds asked_unix_s, const Now& now,
                                                  Outcome& outcome) {
  std::unordered_set<std::string> here;
  for (const ListedRoom& room : rooms) {
    for (const auto& [sid, identity] : room.participants) {
      const std::string bound_user = bound_user_id(room.name, identity);
      here.insert(sid);
      here.insert(bound_user);
      if (const Gone* gone = gone_.find(sid); gone != nullptr && gone->by_absence) {
        gone_.take(sid);
        outcome.lifted.push_back(sid);
      }
      if (gone_.find(sid) == nullptr) lift_bound(bound_user, asked_unix_s, outcome);
      learn(sid, {0, room.sid, {room.name, identity}, bound_user}, now, outcome);
    }
  }
  return here;
}

std::vector<std::string> RoomRegistry::find_absent(const std::unordered_set<std::string>& here,
                                                   std::span<const Relaying> relaying, const Now& now) const {
  std::vector<std::string> absent;
  for (const auto& [sid, participant] : present_) {
    if (!here.contains(sid)) absent.push_back(sid);
  }
  for (const auto& [user_id, granted] : relaying) {
    const bool is_of_livekit =
        user_id.starts_with(kParticipantPrefix) || user_id.starts_with(kBoundUserPrefix);
    const bool may_be_joining = now.monotonic - granted < kJoining;
    if (is_of_livekit && !may_be_joining && !here.contains(user_id) && present_.find(user_id) == nullptr)
      absent.push_back(user_id);
  }
  return absent;
}

Outcome RoomRegistry::reconcile(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s,
                                std::span<const Relaying> relaying, const Now& now) {
  Outcome outcome;
  drop_old_bars(now);
  const std::vector<std::string> absent = find_absent(see(rooms, asked_unix_s, now, outcome), relaying, now);
  const UnixSeconds gone_by =
      asked_unix_s -
      1;  // who joined within the second in which LiveKit was asked may have been too late for it
  for (const std::string& user_id : absent) {
    if (!absent_.contains(user_id)) continue;
    if (user_id.starts_with(kBoundUserPrefix)) {
      outcome.revoked.push_back({user_id, {}});
    } else {
      leave(user_id, {gone_by, "", true}, now, outcome);
    }
  }
  absent_ = {absent.begin(), absent.end()};
  return outcome;
}

Outcome RoomRegistry::expect(const Membership& membership, std::optional<UnixSeconds> issued_unix_s) {
  Outcome outcome;
  const std::string bound_user = bound_user_id(membership.room_name, membership.identity);
  if (issued_unix_s) lift_bound(bound_user, *issued_unix_s - 1, outcome);
  const Expected* before = expected_.find(bound_user);
  const auto latest = before == nullptr ? issued_unix_s : std::max(issued_unix_s, before->issued_unix_s);
  expected_.put(bound_user, {membership, latest});
  return outcome;
}

bool RoomRegistry::is_barred(std::string_view user_id, const Now& now) const {
  const Gone* gone = gone_.find(user_id);
  return (gone != nullptr && gone->until > now.monotonic) || removed_.find(user_id) != nullptr;
}

std::optional<Membership> RoomRegistry::find(std::string_view user_id) const {
  const auto bound = sid_of_bound_.find(std::string(user_id));
  const Present* present = present_.find(bound == sid_of_bound_.end() ? user_id : bound->second);
  if (present != nullptr) return present->membership;
  const Expected* expected = expected_.find(user_id);
  return expected == nullptr ? std::nullopt : std::optional(expected->membership);
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
