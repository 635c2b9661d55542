// Carries out TURN transactions of many clients at a time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load/client.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::bench {

using Clients = std::vector<std::unique_ptr<Client>>;

// Whenever a client is idle, in the beginning too, `next` is called: it begins the client's next transaction,
// or replaces the client by another that is busy, and returns true; or returns false if that place is done.
// Returns when all places are. Throws std::runtime_error, in words, if nobody answers for four seconds.
void drive(std::span<std::unique_ptr<Client>> clients,
           const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next);

// One transaction of each client, so many at once. A client that fails is replaced by what `replace` gives, a
// few times. Throws std::runtime_error with the reason if that does not help, or if there is no `replace`; a
// client whose failure is hopeless lets the others of its batch finish first.
void drive_each(Clients& clients, std::size_t at_once,
                const std::function<void(Client&, std::size_t index, TimePoint)>& begin,
                const std::function<std::unique_ptr<Client>(std::size_t index)>& replace = {});

// Ends the allocations of those who have one, as far as the server answers; the others leave.
void release_each(Clients& clients);

// Where a client failed for its user's quota: how many of them the server allowed, and how many are needed.
// `more`: clients that are yet to come.
std::string quota_hint(std::span<const std::unique_ptr<Client>> clients, std::size_t more = 0);

}  // namespace turnpike::bench
