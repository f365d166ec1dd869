"""Prints "passed failed skipped" of a JUnit file that CTest wrote, and names the skipped tests with their reasons."""
import re
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    if case.find("failure") is not None or case.get("status") == "fail":
        failed += 1
        print(f"failed: {case.get('name')}", file=sys.stderr)
    elif case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
        skipped += 1
        output = case.findtext("system-out") or ""
        reason = re.search(r"Skipped\s*\n(.*)", output)
        print(f"skipped: {case.get('name')}: {reason.group(1).strip() if reason else 'no reason given'}", file=sys.stderr)
    else:
        passed += 1
print(passed, failed, skipped)
