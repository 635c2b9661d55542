// Who is in which room, as LiveKit tells it, and who must not relay any more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/livekit/ageing_map.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

struct RegistryOptions {
  Duration bar_life = std::chrono::hours(24);  // no credential of LiveKit lives longer
  std::size_t participants_max = 65536;        // remembered as present; the oldest is forgotten
  std::size_t bars_max = 65536;   // remembered as gone, and as many identities as removed; the oldest may
                                  // come back
  std::size_t rooms_max = 16384;  // remembered as over
};

struct Membership {
  std::string room_name, identity;

  bool operator==(const Membership&) const = default;
};

// All allocations of this user end now, on every worker; and until then no new one begins.
struct Revocation {
  std::string
      user_id;  // the user of a credential: a participant's SID, or the bound user of room and identity
  std::optional<TimePoint> barred_until;
  Membership was{};  // empty: not known

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

  bool operator==(const ListedParticipant&) const = default;
};
struct ListedRoom {
  std::string sid, name;  // no SID: not known
  std::vector<ListedParticipant> participants;

  bool operator==(const ListedRoom&) const = default;
};

// A user with an allocation, and when the latest one was granted.
struct Relaying {
  std::string user_id;
  TimePoint granted;
};

// What it knows of a participant or room is the latest thing that was said, by LiveKit's clock, and of things
// said for the same second the worst: so events may come twice, late and in any order. Participants with the
// same identity are told apart by their SIDs, which never come again. Bound users are not: who left may come
// back with the same token, so they are barred only after a removal, until LiveKit says that the identity is
// there again, or until a token is exchanged that was issued later. Not thread-safe.
class RoomRegistry {
 public:
  explicit RoomRegistry(const RegistryOptions& options);

  Outcome on_event(const WebhookEvent& event, const Now& now);

  // `rooms` must be complete: who is not in it was not there at `asked_unix_s`, when LiveKit was asked, by
  // its clock. That is believed when it is said twice in a row: somebody may be on the way from one room or
  // node to another, or LiveKit may have started just now. Whom it never heard of and was granted an
  // allocation less than a minute ago may still be joining, and is let be. It judges participants and bound
  // users, nobody else; and lifts only bars of its own, and those of
  // bound users whose identity is in the list.
  Outcome reconcile(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s,
                    std::span<const Relaying> relaying, const Now& now);

  // Somebody has a credential for the bound user of this room and identity, by a token that was issued then,
  // and may begin to relay before joining is heard of.
  Outcome expect(const Membership& membership, std::optional<UnixSeconds> issued_unix_s);

  // LiveKit was asked and gave no such list: those that follow have to say it twice again.
  void forget_absences() { absent_.clear(); }

  // Of a participant's SID, or of a bound user.
  bool is_barred(std::string_view user_id, const Now& now) const;
  // Of a participant who is present, by SID or as bound user, or of a bound user who is expected. None: never
  // heard of.
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
    bool by_absence = false;  // nobody said it, but lists did without them
  };

  struct Leaving {
    UnixSeconds said_unix_s;
    std::string bound_user;  // ends, too, unless it is empty or somebody else by now
    bool by_absence = false;
    Membership was{};  // where it is not known otherwise
    bool is_removal = false;
  };
  struct Expected {
    Membership membership;
    std::optional<UnixSeconds> issued_unix_s;  // the latest
  };

  // Notes who is there, from something said that neither ends nor lifts anything.
  void learn(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  void join(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  void leave(const std::string& sid, const Leaving& leaving, const Now& now, Outcome& outcome);
  // Notes who is in the list, by SID and as bound user.
  std::unordered_set<std::string> see(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s,
                                      const Now& now, Outcome& outcome);
  void end_bound(const std::string& sid, const Leaving& leaving, Outcome& outcome);
  // If the bound user was removed by then.
  void lift_bound(const std::string& bound_user, UnixSeconds said_unix_s, Outcome& outcome);
  std::vector<std::string> find_absent(const std::unordered_set<std::string>& here,
                                       std::span<const Relaying> relaying, const Now& now) const;
  void end_room(const WebhookEvent& event, const Now& now, Outcome& outcome);
  void note_bound(const std::string& sid, const Present& participant);
  void forget_bound(const AgeingMap<Present>::Entry& participant);
  void drop_old_bars(const Now& now);

  RegistryOptions options_;
  AgeingMap<Present> present_;      // by SID
  AgeingMap<Gone> gone_;            // by SID, in the order of `until`
  AgeingMap<UnixSeconds> removed_;  // by bound user, when that was said
  AgeingMap<UnixSeconds> over_;     // by the room's SID
  AgeingMap<Expected> expected_;    // by bound user; as many as participants
  std::unordered_map<std::string, std::string>
      sid_of_bound_;                        // the latest participant of each bound user who is present
  std::unordered_set<std::string> absent_;  // in the last list
};

}  // namespace turnpike::livekit
