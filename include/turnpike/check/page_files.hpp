// The files of the check page, built into the program.
#pragma once

#include <span>
#include <string_view>

namespace turnpike::check {

// A file of the page.
struct PageFile {
  std::string_view name;  // "page.js"
  std::string_view content_type;
  std::string_view content;
};

// Returns all files. They are served below the path of the page, except page.html, which is the page itself.
std::span<const PageFile> page_files();

}  // namespace turnpike::check
