package org.sbertspark.model.hub;

import java.util.regex.Pattern;

/** Names of files in a repository. They come from a server and become paths on this machine. */
final class RepoPath {
  private static final int LONGEST = 1000;

  /**
   * A part between slashes. Without what has a meaning in a path on some system (separators, a
   * drive's or a stream's colon, control characters), and without what some file systems cannot
   * write or write differently (letters beyond ASCII). No needed file has such a name.
   */
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_.,+=@~() -]{1,255}");

  private RepoPath() {}

  /** Whether the name, taken as a path, stays in its folder on every system. */
  static boolean isSafe(String name) {
    if (name.length() > LONGEST) {
      return false;
    }
    for (String part : name.split("/", -1)) {
      if (!PART.matcher(part).matches() || part.equals(".") || part.equals("..")) {
        return false;
      }
    }
    return true;
  }
}
