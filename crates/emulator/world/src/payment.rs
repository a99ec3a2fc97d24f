//! Generates a payment from its index.

use std::sync::Arc;

use emulator_model::Key;

use crate::calendar::Hour;
use crate::campaigns::{Epoch, Step};
use crate::fraud;
use crate::moment::Moment;
use crate::people::Person;
use crate::purchase::Payment;
use crate::world::World;

/// Where a payment comes from.
struct PaymentOrigin {
    /// The payer's session, unless it is fraud.
    session: Key,
    fraud: Option<(Step, u64)>,
}

impl World<'_> {
    /// An hour and its epoch.
    pub(crate) fn moment(&self, hour: u64) -> Arc<Moment> {
        self.base.moments.of(self.seed, hour, || Moment {
            hour: self.calendar.hour(self.people, self.keys.rows, hour),
            epoch: self.campaigns.epoch_of(hour),
        })
    }

    /// The payment with that index, in the hour of `moment`.
    #[inline]
    pub(crate) fn payment(&self, moment: &Moment, index: u64) -> Payment {
        let random = self.keys.payments.at(index);
        let origin = self.origin(&moment.hour, &moment.epoch, index);
        let time = self.payment_time(moment.hour.number, index);
        match origin.fraud {
            None => {
                let person = self.payer(&moment.hour, origin.session);
                self.honest(&moment.hour, time, person, random)
            }
            Some((step, number)) => fraud::payment(self, &moment.hour, time, step, number, random),
        }
    }

    /// The time of the payment with that index, in that hour.
    #[inline]
    pub(crate) fn payment_time(&self, hour: u64, index: u64) -> i64 {
        let random = self.keys.times.at(index).word();
        self.calendar.time(hour, index, random)
    }

    /// The session of the payment with that index, and the step of a campaign if it is fraud.
    #[inline]
    fn origin(&self, hour: &Hour, epoch: &Epoch, index: u64) -> PaymentOrigin {
        let (row, column) = hour.cell(index);
        let thread = hour.first_thread + column;
        let step = self.campaigns.step_at(epoch, thread);
        let key = self.keys.threads.part(thread);
        let mut fraud = None;
        // One bit for each row in which another person begins.
        let mut begins = key.get() | 1;
        if let Some(step) = step {
            let (first, end) = step.rows;
            if (first..end).contains(&row) {
                fraud = Some((step, row - first));
            }
            begins |= 1 << first | 1 << end;
        }
        let until_now = begins & ((2 << row) - 1);
        PaymentOrigin {
            session: key.part(u64::from(until_now.ilog2())),
            fraud,
        }
    }

    /// The person who pays in a session.
    #[inline]
    fn payer(&self, hour: &Hour, session: Key) -> Person {
        let mut random = session.at(0);
        let hours = hour.number..hour.number + 1;
        loop {
            let group = hour.group(random.word());
            let person = self.people.draw(group, &mut random);
            if person.is_there(&hours) {
                return person;
            }
        }
    }
}
