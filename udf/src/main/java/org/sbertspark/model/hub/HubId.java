package org.sbertspark.model.hub;

import java.util.regex.Pattern;

/**
 * A model on a hub, at a revision.
 *
 * @param repo {@code organisation/name}
 * @param revision a branch, a tag, a reference such as {@code refs/pr/1}, or a commit
 */
public record HubId(String repo, String revision) {
  private static final String DEFAULT_ORGANISATION = "sentence-transformers";
  private static final String DEFAULT_REVISION = "main";
  private static final int LONGEST_REVISION = 200;

  /** The hub's own rule for the two parts of a repository's name. */
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?");

  private static final Pattern REVISION_PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  public HubId {
    if (!isRepo(repo)) {
      throw new IllegalArgumentException(
          "Not a model on the hub: \"%s\"; expected name or organisation/name, optionally @revision, of letters, digits and - _ ."
              .formatted(printable(repo)));
    }
    if (!isRevision(revision)) {
      throw new IllegalArgumentException(
          "Not a revision of a model on the hub: \"%s\"; expected a branch, a tag or a commit"
              .formatted(printable(revision)));
    }
  }

  /**
   * Reads {@code organisation/name@revision}. Without a revision it is {@code main}; a bare name is
   * one of the organisation {@code sentence-transformers}.
   *
   * @throws IllegalArgumentException if the text is no such id
   */
  public static HubId parse(String text) {
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    String revision = at < 0 ? DEFAULT_REVISION : text.substring(at + 1);
    return new HubId(withOrganisation(name), revision);
  }

  /**
   * Whether a model's location can be a hub id rather than a path or an address. {@code
   * models/minilm} can be either: ask only when there is no such folder.
   */
  public static boolean looksLikeHubId(String location) {
    int at = location.indexOf('@');
    return isRepo(withOrganisation(at < 0 ? location : location.substring(0, at)))
        && (at < 0 || isRevision(location.substring(at + 1)));
  }

  /** Whether the revision is a full commit, which never changes. */
  boolean isCommit() {
    return isCommit(revision);
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** The name of this model's folder in the cache. */
  String folderName() {
    return "models--" + repo.replace("/", "--");
  }

  @Override
  public String toString() {
    return repo + "@" + revision;
  }

  private static String withOrganisation(String name) {
    return name.indexOf('/') < 0 ? DEFAULT_ORGANISATION + "/" + name : name;
  }

  private static boolean isRepo(String repo) {
    String[] parts = repo.split("/", -1);
    return parts.length == 2
        && NAME.matcher(parts[0]).matches()
        && NAME.matcher(parts[1]).matches()
        && !repo.contains("--")
        && !repo.contains("..")
        && !repo.endsWith(".git");
  }

  private static boolean isRevision(String revision) {
    if (revision.length() > LONGEST_REVISION || revision.contains("..")) {
      return false;
    }
    for (String part : revision.split("/", -1)) {
      if (!REVISION_PART.matcher(part).matches()) {
        return false;
      }
    }
    return true;
  }

  /** For a message: one line, not endless. */
  private static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= 100 ? line : line.substring(0, 97) + "...";
  }
}
