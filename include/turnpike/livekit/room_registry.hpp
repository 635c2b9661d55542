// Who is in which room, as LiveKit tells it, and who must not relay any more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/livekit/ageing_map.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

struct RegistryOptions {
  Duration bar_life = std::chrono::hours(24);  // no credential of LiveKit lives longer
  std::size_t participants_max = 65536;        // remembered as present; the oldest is forgotten
  std::size_t bars_max = 65536;                // remembered as gone; the oldest may come back
  std::size_t rooms_max = 16384;               // remembered as over
};

// All allocations of this user end now, on every worker; and until then no new one begins.
struct Revocation {
  std::string user_id;  // the user of a credential: a participant's SID, or the bound user of room and identity
  std::optional<TimePoint> barred_until;

  bool operator==(const Revocation&) const = default;
};

struct Outcome {
  std::vector<Revocation> revoked;
  std::vector<std::string> lifted;  // users who are barred no more

  bool operator==(const Outcome&) const = default;
};

// LiveKit's answer to who is there, for all rooms.
struct ListedParticipant {
  std::string sid, identity;
};
struct ListedRoom {
  std::string sid, name;
  std::vector<ListedParticipant> participants;
};

// A user with an allocation, and since when the oldest one stands.
struct Relaying {
  std::string user_id;
  TimePoint since;
};

struct Membership {
  std::string room_name, identity;

  bool operator==(const Membership&) const = default;
};

// What it knows of a participant or room is the latest thing that was said, by LiveKit's clock, and of things said for the same second the
// worst: so events may come twice, late and in any order. Participants with the same identity are told apart by their SIDs, which never
// come again; bound users are not, and are therefore revoked only by prompt events, and never barred: LiveKit lets whoever has a token
// join again, and so does this server. Not thread-safe.
class RoomRegistry {
 public:
  explicit RoomRegistry(const RegistryOptions& options);

  Outcome on_event(const WebhookEvent& event, const Now& now);

  // `rooms` must be complete: who is not in it was gone at `asked_unix_s`, when LiveKit was asked, by its clock. Who began to relay less
  // than a minute ago may still be joining, and is let be. A bar is not lifted by this.
  Outcome reconcile(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s, std::span<const Relaying> relaying, const Now& now);

  bool is_barred(std::string_view participant_sid, const Now& now) const;
  // Of a participant who is present, by SID or as bound user. None: never heard of.
  std::optional<Membership> find(std::string_view user_id) const;

  struct Counts {
    std::size_t participants, bars, rooms_over;
    bool operator==(const Counts&) const = default;
  };
  Counts counts() const { return {present_.size(), gone_.size(), over_.size()}; }

 private:
  struct Present {
    UnixSeconds said_unix_s;
    std::string room_sid;
    Membership membership;
    std::string bound_user;
  };
  struct Gone {
    UnixSeconds said_unix_s;
    TimePoint until;
  };

  // Notes who is there, from something said that neither ends nor lifts anything.
  void learn(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  void join(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  // Ends the bound user, too, unless `bound_user` is empty or somebody else by now.
  void leave(const std::string& sid, UnixSeconds said_unix_s, const std::string& bound_user, const Now& now, Outcome& outcome);
  void end_room(const WebhookEvent& event, const Now& now, Outcome& outcome);
  void note_bound(const std::string& sid, const Present& participant);
  void forget_bound(const AgeingMap<Present>::Entry& participant);
  void drop_old_bars(const Now& now);

  RegistryOptions options_;
  AgeingMap<Present> present_;                                 // by SID
  AgeingMap<Gone> gone_;                                       // by SID, in the order of `until`
  AgeingMap<UnixSeconds> over_;                                // by the room's SID
  std::unordered_map<std::string, std::string> sid_of_bound_;  // the latest participant of each bound user who is present
};

}  // namespace turnpike::livekit
