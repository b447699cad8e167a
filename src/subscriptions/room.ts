import { Listeners } from "./listeners";
import { Members, type MembersParent } from "./members";
import { Membership, type MembershipParent } from "./membership";

/** One channel of a client: who listens to it, whether it is joined, and who is there. */
export class Room<Event> {
  readonly name: string;
  /** The handle that users get, so that the same name gives the same one while the room is used. */
  handle: object | undefined;
  readonly listeners: Listeners<Event>;
  readonly membership: Membership;
  readonly members: Members;

  constructor(name: string, parent: MembershipParent & MembersParent) {
    this.name = name;
    this.listeners = new Listeners(parent);
    this.membership = new Membership(name, parent);
    this.members = new Members(name, parent);
  }

  /** Whether it can be forgotten. */
  get unused(): boolean {
    return this.membership.unused && this.members.unused && this.listeners.empty;
  }

  /**
   * What is wanted has changed, and the work that changed it is done: who has left sees no members. A leave that was taken
   * back clears none, because the server, which is not asked, would not report them again.
   *
   * @param open whether the connection is
   */
  settle(open: boolean): void {
    if (!this.membership.wanted) this.members.forget();
    this.membership.settle(open);
  }

  /** The connection is open: we know nothing of who is there. */
  opened(): void {
    this.members.forget();
    this.membership.opened();
  }
}
