// What LiveKit at run time needs, and bounds of its intervals.
#include <fmt/format.h>

#include "turnpike/config/rules.hpp"
#include "turnpike/http/url.hpp"

namespace turnpike::config {
namespace {

constexpr std::uint32_t kReconcileMax_s = 3600;
constexpr std::uint32_t kIceTtlMax_s = 86400;  // as for LiveKit

std::string check_livekit(const Config& c) {
  std::string needs;
  if (c.credentials.livekit_keys.empty()) needs = "credentials.livekit_keys";
  if (!c.control.listen) needs += needs.empty() ? "control.listen" : " and control.listen";
  return needs.empty() ? "" : "needs " + needs;
}

std::string check_url(const Config& c) {
  return c.livekit.url.empty() || http::Url::parse(c.livekit.url)
             ? ""
             : fmt::format("{} is no URL of a server, such as http://127.0.0.1:7880", c.livekit.url);
}

std::string check_keys_for_url(const Config& c) {
  return !c.livekit.url.empty() && check_url(c).empty() && c.credentials.livekit_keys.empty()
             ? "needs credentials.livekit_keys"
             : "";
}

std::string check_reconcile(const Config& c) {
  const std::uint32_t interval_s = c.livekit.reconcile_s;
  return interval_s >= 1 && interval_s <= kReconcileMax_s
             ? ""
             : fmt::format("must be from 1 to {}", kReconcileMax_s);
}

std::string check_ice_urls(const Config& c) {
  for (const std::string& url : c.livekit.ice_urls) {
    if (!url.starts_with("turn:") && !url.starts_with("turns:"))
      return fmt::format("{} does not begin with turn: or turns:", url);
  }
  return "";
}

std::string check_exchange(const Config& c) {
  return c.livekit.ice_urls.empty() || !check_ice_urls(c).empty() ? "" : check_livekit(c);
}

std::string check_ice_ttl(const Config& c) {
  const std::uint32_t ttl_s = c.livekit.ice_ttl_s;
  return ttl_s >= 1 && ttl_s <= kIceTtlMax_s ? "" : fmt::format("must be from 1 to {}", kIceTtlMax_s);
}

constexpr Rule kRules[] = {
    {"livekit.url", check_url},
    {"livekit.url", check_keys_for_url, {"credentials.livekit_keys", "livekit.config"}},
    {"livekit.reconcile_s", check_reconcile},
    {"livekit.webhook",
     [](const Config& c) { return c.livekit.webhook ? check_livekit(c) : ""; },
     {"credentials.livekit_keys", "control.listen", "livekit.config"}},
    {"livekit.ice_urls", check_ice_urls},
    {"livekit.ice_urls", check_exchange, {"credentials.livekit_keys", "control.listen", "livekit.config"}},
    {"livekit.ice_ttl_s", check_ice_ttl},
};

}  // namespace

std::span<const Rule> livekit_rules() { return kRules; }

}  // namespace turnpike::config
