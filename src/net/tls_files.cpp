#include "turnpike/net/tls_files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "turnpike/net/certificate.hpp"
#include "turnpike/net/pem_file.hpp"

namespace turnpike::net {
namespace {

constexpr std::int64_t kDay_s = 86400;
constexpr std::int64_t kExpiryIsNear_s = 30 * kDay_s;

class Examination {
 public:
  Examination(const TlsFiles& files, UnixSeconds now)
      : files_(files),
        now_(now),
        certificate_(read_pem_file(files.certificate)),
        key_(read_pem_file(files.key)) {}

  TlsFilesReport report() && {
    judge_contents();
    if (!certificate_.certificates.empty()) {
      describe();
      if (report_.faults.empty()) judge_pair();
      judge_life();
      judge_chain();
      for (const std::string& reason : what_browsers_refuse(leaf()))
        warn(fmt::format("browsers refuse it: {}", reason));
    }
    if (report_.faults.empty()) try_them();
    return std::move(report_);
  }

 private:
  X509* leaf() const { return certificate_.certificates.front().get(); }
  void warn(const std::string& text) {
    report_.warnings.push_back({false, fmt::format("{}: {}", files_.certificate, text)});
  }
  void fault(bool is_about_key, const std::string& text) {
    report_.faults.push_back(
        {is_about_key, fmt::format("{}: {}", is_about_key ? files_.key : files_.certificate, text)});
  }

  void judge_contents() {
    const bool are_swapped = certificate_.certificates.empty() && certificate_.has_private_key &&
                             !key_.certificates.empty() && !key_.has_private_key;
    if (are_swapped)
      return fault(false,
                   fmt::format("has the private key, and {} the certificate: they are swapped", files_.key));
    if (auto text = why_no_certificate(files_.certificate, certificate_); !text.empty()) fault(false, text);
    if (auto text = why_no_private_key(files_.key, key_); !text.empty()) fault(true, text);
  }

  void describe() {
    report_.names = names_of(leaf());
    if (report_.names.empty()) report_.names.push_back(common_name(leaf()));
    report_.expires_unix_s = expires_unix_s(leaf());
  }

  void judge_pair() {
    const auto& all = certificate_.certificates;
    const auto owner = std::ranges::find_if(all, [&](const Certificate& each) {
      return X509_check_private_key(each.get(), key_.key.get()) == 1;
    });
    ERR_clear_error();
    if (owner == all.begin()) return;
    if (owner == all.end()) return fault(true, fmt::format("is not the key of {}", files_.certificate));
    fault(false,
          fmt::format("is in the wrong order: the certificate of {} is number {} and has to be the first",
                      files_.key, owner - all.begin() + 1));
  }

  void judge_life() {
    const UnixSeconds begins = valid_from_unix_s(leaf());
    const UnixSeconds expires = *report_.expires_unix_s;
    if (begins > now_) warn(fmt::format("is not valid before {}", date_of(begins)));
    if (expires <= now_) {
      warn(fmt::format("has expired on {}", date_of(expires)));
    } else if (expires - now_ < kExpiryIsNear_s) {
      warn(fmt::format("expires on {}, {}", date_of(expires), in_days(expires - now_)));
    }
  }

  // Whoever signed a certificate comes right after it; the root may be missing.
  void judge_chain() {
    const auto& all = certificate_.certificates;
    if (all.size() == 1 && !is_self_signed(leaf())) {
      const auto full = std::filesystem::path(files_.certificate).parent_path() / "fullchain.pem";
      std::error_code ignored;
      return warn(
          fmt::format("has no chain: clients will say \"unable to get local issuer certificate\"; give {}",
                      std::filesystem::exists(full, ignored) && full != files_.certificate
                          ? full.string()
                          : "the file that has the issuer's certificates, too"));
    }
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      if (X509_check_issued(all[i + 1].get(), all[i].get()) == X509_V_OK) continue;
      warn(fmt::format(
          "has a chain in the wrong order or with a gap: number {} ({}) did not sign number {} ({})", i + 2,
          common_name(all[i + 1].get()), i + 1, common_name(all[i].get())));
    }
    for (std::size_t i = 1; i < all.size(); ++i) {
      const UnixSeconds expires = expires_unix_s(all[i].get());
      if (expires <= now_)
        warn(fmt::format("number {} of the chain has expired on {}", i + 1, date_of(expires)));
    }
  }

  // What only OpenSSL's own rules refuse, such as keys below its security level.
  void try_them() {
    try {
      const TlsContext context(files_);
    } catch (const std::runtime_error& error) {
      report_.faults.push_back({false, error.what()});
    }
  }

  const TlsFiles& files_;
  const UnixSeconds now_;
  const PemFile certificate_;
  const PemFile key_;
  TlsFilesReport report_;
};

}  // namespace

TlsFilesReport examine(const TlsFiles& files, UnixSeconds now_unix_s) {
  return Examination(files, now_unix_s).report();
}

std::string in_days(UnixSeconds seconds) {
  const UnixSeconds days = seconds / kDay_s;
  return fmt::format("in {} day{}", days, days == 1 ? "" : "s");
}

std::string date_of(UnixSeconds time_unix_s) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time_unix_s)));
}

}  // namespace turnpike::net
