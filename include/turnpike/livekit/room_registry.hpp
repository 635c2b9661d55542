// Knows who is in which room, as LiveKit tells it, and who must not relay any more.
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

// The bounds of a registry. When a bound is reached, the oldest entry is forgotten.
struct RegistryOptions {
  Duration bar_life = std::chrono::hours(24);  // longer than any credential of LiveKit lives
  std::size_t participants_max = 65536;        // participants present, and as many expected ones
  // Participants who have left, and as many identities that were removed; who is forgotten may come back.
  std::size_t bars_max = 65536;
  std::size_t rooms_max = 16384;  // rooms that are over
};

// A participant's place: the name of the room and the identity in it.
struct Membership {
  // The user of a credential: a participant's SID, or the bound user of room and identity.
  std::string room_name, identity;

  bool operator==(const Membership&) const = default;
};

// Ends all allocations of a user on every worker now, and bars new ones until `barred_until`.
struct Revocation {
  std::string user_id;
  std::optional<TimePoint> barred_until;
  Membership was{};  // empty: not known

  bool operator==(const Revocation&) const = default;
};

// The changes that the workers have to carry out.
struct Outcome {
  std::vector<Revocation> revoked;
  std::vector<std::string> lifted;  // users who may relay again

  bool operator==(const Outcome&) const = default;
};

// A participant in LiveKit's list.
struct ListedParticipant {
  std::string sid, identity;

  bool operator==(const ListedParticipant&) const = default;
};
// A room in LiveKit's list.
struct ListedRoom {
  std::string sid, name;  // empty SID: not known
  std::vector<ListedParticipant> participants;

  bool operator==(const ListedRoom&) const = default;
};

// A user with an allocation, and when the latest one was granted.
struct Relaying {
  std::string user_id;
  TimePoint granted;
};

// Keeps, for each participant and room, the latest thing that LiveKit has said by its own clock; of things
// said for the same second the worst counts. So events may come twice, late and in any order. Participants
// with the same identity differ in their SIDs, which are never used again. A bound user may come back with
// the same token, and is therefore barred only after a removal, until LiveKit says that the identity is there
// again or until a token is exchanged that was issued later. Not thread-safe.
class RoomRegistry {
 public:
  explicit RoomRegistry(const RegistryOptions& options);

  // Applies the event of a webhook.
  Outcome on_event(const WebhookEvent& event, const Now& now);

  // Compares the registry with LiveKit's complete list of rooms: who is not in the list was absent at
  // `asked_unix_s`, when LiveKit was asked, by its clock. An absence counts only if two lists in a row show
  // it, because somebody may be moving between rooms or nodes, or LiveKit may have just started. A user whom
  // LiveKit has never mentioned and whose latest allocation is less than a minute old may still be joining,
  // and is spared. Judges participants and bound users only. Lifts only bars that an earlier reconcile() has
  // set, and bars of bound users whose identity is in the list.
  Outcome reconcile(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s,
                    std::span<const Relaying> relaying, const Now& now);

  // Notes that a credential was given to the bound user of this room and identity, by a token that was issued
  // at this time: the user may relay before LiveKit tells of the joining.
  Outcome expect(const Membership& membership, std::optional<UnixSeconds> issued_unix_s);

  // Forgets the last list: an absence must be shown by the next two. Call it when LiveKit gave no complete
  // list.
  void forget_absences() { absent_.clear(); }

  // Returns true if a participant, by SID, or a bound user must not relay.
  bool is_barred(std::string_view user_id, const Now& now) const;
  // Returns the place of a participant who is present, by SID or as bound user, or of a bound user who is
  // expected; none for others.
  std::optional<Membership> find(std::string_view user_id) const;

  // The sizes of the registry's tables.
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
    bool by_absence = false;  // only lists have said so, by omission
  };

  struct Leaving {
    UnixSeconds said_unix_s;
    // Allocations of this bound user end too, unless it is empty or belongs to another participant by now.
    std::string bound_user;
    bool by_absence = false;
    Membership was{};  // used if the registry does not know the place
    bool is_removal = false;
  };
  struct Expected {
    Membership membership;
    std::optional<UnixSeconds> issued_unix_s;  // the latest
  };

  // Notes a presence by something that neither ends nor lifts anything.
  void learn(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  void join(const std::string& sid, Present participant, const Now& now, Outcome& outcome);
  void leave(const std::string& sid, const Leaving& leaving, const Now& now, Outcome& outcome);
  // Notes all who are in the list; returns their SIDs and bound users.
  std::unordered_set<std::string> see(const std::vector<ListedRoom>& rooms, UnixSeconds asked_unix_s,
                                      const Now& now, Outcome& outcome);
  void end_bound(const std::string& sid, const Leaving& leaving, Outcome& outcome);
  // Lifts the bar of a bound user that was removed at `said_unix_s` or before.
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
  AgeingMap<UnixSeconds> removed_;  // by bound user: when the removal was said
  AgeingMap<UnixSeconds> over_;     // by the room's SID: when the end was said
  AgeingMap<Expected> expected_;    // by bound user; as many as participants
  // By bound user who is present: SID of the latest participant.
  std::unordered_map<std::string, std::string> sid_of_bound_;
  std::unordered_set<std::string> absent_;  // who was absent in the last list
};

}  // namespace turnpike::livekit
