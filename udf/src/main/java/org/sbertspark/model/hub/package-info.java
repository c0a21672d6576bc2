/**
 * Models from the Hugging Face hub: {@link org.sbertspark.model.hub.HubModels#fetch} brings the
 * files of a model into the standard hub cache, which Python's {@code huggingface_hub} shares.
 *
 * <p>Everything that a server says is untrusted: names are checked before they become paths, sizes
 * before they are believed, and contents against the checksum that names them. The user's token
 * goes to the hub's own origin and nowhere else: not to a redirect's host, not into a message.
 *
 * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">the cache's
 *     layout</a>
 */
package org.sbertspark.model.hub;
