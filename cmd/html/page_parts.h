/* page.css, page.js and report.js, and what a content security policy calls them ("sha256-…"); made
 * by the build (scripts/embed). */
#ifndef HTML_PAGE_PARTS_H
#define HTML_PAGE_PARTS_H

extern const char page_style[], page_style_hash[];
extern const char page_script[], page_script_hash[];
extern const char report_script[], report_script_hash[];

#endif
