#include "turnpike/http/upstreams.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "turnpike/http/head.hpp"
#include "turnpike/http/host_field.hpp"

namespace turnpike::http {
namespace {

constexpr std::array<std::string_view, kUpstreamFailures> kNames = {
    "refused",      "connect_timed_out", "closed",    "head_timed_out",
    "bad_response", "bad_upgrade",       "broke_off", "body_timed_out"};

bool is_below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/';
}

std::string_view without_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace

std::string_view to_string(UpstreamFailure failure) { return kNames[static_cast<std::size_t>(failure)]; }

bool UpstreamHealth::note_failure(UpstreamFailure failure, std::string_view what) {
  failures.add(failure);
  last_error = what;
  return !std::exchange(is_failing, true);
}

void UpstreamHealth::note_answer() {
  ++answers;
  is_failing = false;
}

Upstreams::Upstreams(std::vector<UpstreamRule> rules, const Upstreams* before) {
  for (UpstreamRule& rule : rules) {
    while (rule.prefix.ends_with('/')) rule.prefix.pop_back();
    upstreams_.push_back({.rule = std::move(rule)});
  }
  for (Upstream& upstream : upstreams_) {
    if (before == nullptr) continue;
    const auto known = std::ranges::find_if(before->upstreams_, [&](const Upstream& each) {
      return each.rule.server == upstream.rule.server && each.rule.host == upstream.rule.host &&
             each.rule.prefix == upstream.rule.prefix;
    });
    if (known != before->upstreams_.end()) upstream.health = known->health;
  }
  std::ranges::stable_sort(upstreams_, [](const Upstream& a, const Upstream& b) {
    if (a.rule.host.empty() != b.rule.host.empty()) return b.rule.host.empty();
    return a.rule.prefix.size() > b.rule.prefix.size();
  });
}

const Upstream* Upstreams::find(std::string_view host, std::string_view path) const {
  const std::string_view name = without_dot(host_of(host));
  const auto found = std::ranges::find_if(upstreams_, [&](const Upstream& upstream) {
    const UpstreamRule& rule = upstream.rule;
    return (rule.host.empty() || names_equal(rule.host, name)) && is_below(path, rule.prefix);
  });
  return found == upstreams_.end() ? nullptr : &*found;
}

}  // namespace turnpike::http
